import { expect, test } from "vitest";
import type { Log, LogFields } from "../../ports/log.ts";
import { noteRefusals } from "./refusal.ts";

const foreign = { code: "SP-201", params: { peer: "the client" } } as const;

/** Notes into a list, at a time that the test moves. */
function startNotes() {
  let nowMs = 0;
  const lines: LogFields[] = [];
  const unused = () => expect.unreachable();
  const log: Log = {
    debug: unused,
    info: unused,
    error: unused,
    warn: (message, fields = {}) => void lines.push({ message, ...fields }),
  };
  const clock = { nowAt: unused, monotonicMs: () => nowMs, wake: () => unused };
  return {
    lines,
    note: noteRefusals(log, clock),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("the line names the code, what it is about and who came", () => {
  const { note, lines } = startNotes();
  note(foreign, "192.0.2.1");
  expect(lines).toEqual([
    {
      message: "link refused",
      code: "SP-201",
      peer: "the client",
      remoteAddress: "192.0.2.1",
      leftOut: 0,
    },
  ]);
});

test("a client that tries on and on gets a line a minute, which counts the rest", () => {
  const { note, lines, pass } = startNotes();
  for (let times = 0; times < 1_000; times++) note(foreign, "192.0.2.1");
  expect(lines.length).toBeLessThan(10);
  note(foreign, "192.0.2.2");
  expect(lines.at(-1)).toMatchObject({ remoteAddress: "192.0.2.2", leftOut: 997 });
  pass(60_000);
  note(foreign, "192.0.2.1");
  expect(lines.at(-1)).toMatchObject({ remoteAddress: "192.0.2.1", leftOut: 0 });
});

test("many clients together cannot fill the log either", () => {
  const { note, lines } = startNotes();
  for (let host = 0; host < 5_000; host++) note(foreign, `10.0.${host >> 8}.${host & 255}`);
  expect(lines.length).toBeLessThan(200);
});
