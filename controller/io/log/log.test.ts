import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { secret } from "#shared/base/secret.ts";
import { makeLog } from "./log.ts";

function captured(level: "info" | "debug") {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const clock = { nowAt: () => 0, monotonicMs: () => 1.5 };
  return { log: makeLog({ level, clock, stream }), lines };
}

test("a line is one JSON object with level, fixed text, both clocks and the fields", () => {
  const { log, lines } = captured("info");
  log.info("posture event received", { device: "dev_1", seq: 7 });
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: "info",
      message: "posture event received",
      timestamp: "1970-01-01T00:00:00.000Z",
      monotonicMs: 1.5,
      device: "dev_1",
      seq: 7,
    },
  ]);
  expect(lines[0]?.endsWith("\n")).toBe(true);
});

test("fields may name their own monotonic time; below the level nothing is written", () => {
  const { log, lines } = captured("info");
  log.debug("not written");
  log.warn("written", { monotonicMs: 9 });
  expect(lines.map((line) => (JSON.parse(line) as { monotonicMs: number }).monotonicMs)).toEqual([
    9,
  ]);
});

test("secrets and line breaks never reach the log as they are", () => {
  const { log, lines } = captured("info");
  log.error("failed", { key: secret("hush"), text: "a\nb" });
  expect(lines.join("")).not.toContain("hush");
  expect(lines.join("").trimEnd().split("\n")).toHaveLength(1);
});
