import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { lineBytesMax } from "../io/posture/collector-request.ts";
import { converse } from "./conversation.ts";

/** Says the lines, ends, and returns what came back and how the conversation went. */
async function say(lines: readonly (string | Buffer)[]) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const seen = { overlong: 0, busy: 0 };
  const over = new Promise<void>((resolve) => {
    converse(input, output, {
      busy: (change) => (seen.busy += change),
      overlong: () => {
        seen.overlong++;
        resolve();
      },
      over: resolve,
    });
  });
  for (const line of lines) input.write(line);
  input.end();
  await over;
  output.end();
  const text = (await output.toArray()).join("");
  const replies = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { id: number | null; ok: boolean });
  return { replies, ...seen };
}

const line = (request: object) => `${JSON.stringify(request)}\n`;
const version = line({ id: 7, verb: "collect", signals: ["agent.version"] });

test("a request is answered under its number, one after the other, and the count of open ones returns to none", async () => {
  const { replies, busy } = await say([version, version.replace("7", "8")]);
  expect(replies).toMatchObject([
    { id: 7, ok: true, observations: [] },
    { id: 8, ok: true },
  ]);
  expect(busy).toBe(0);
});

test.each([
  ["no JSON", "{"],
  ["a verb that does not exist", line({ id: 1, verb: "run", signals: ["os.version"] })],
  ["a path in place of a signal", line({ id: 1, verb: "collect", signals: ["/etc/shadow"] })],
  [
    "a command beside the signals",
    line({ id: 1, verb: "collect", signals: ["os.version"], argv: ["id"] }),
  ],
  [
    "more signals than there may be",
    line({ id: 1, verb: "collect", signals: Array(65).fill("os.version") }),
  ],
  ["no signals", line({ id: 1, verb: "collect", signals: [] })],
  ["a number that is none", line({ id: "1", verb: "collect", signals: ["os.version"] })],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
])("attack: %s is refused and the next request is served", async (_, hostile) => {
  const first = typeof hostile === "string" && !hostile.endsWith("\n") ? `${hostile}\n` : hostile;
  const { replies } = await say([first, version]);
  expect(replies).toMatchObject([
    { id: null, ok: false, error: "bad_request" },
    { id: 7, ok: true },
  ]);
});

test("attack: names that objects inherit are no signals", async () => {
  const { replies } = await say([
    line({ id: 1, verb: "collect", signals: ["constructor.prototype"] }),
  ]);
  expect(replies).toEqual([{ id: 1, ok: true, observations: [], watched: [], again: false }]);
});

test("attack: a line without end is not kept", async () => {
  const { overlong } = await say([Buffer.alloc(lineBytesMax + 1, 0x61), version]);
  expect(overlong).toBeGreaterThan(0);
});
