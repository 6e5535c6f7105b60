import { expect, test } from "vitest";
import type { CommandContext } from "./command-context.ts";
import { makeProgress } from "./progress.ts";

function world(terminal: boolean, json = false) {
  let [talk, now] = ["", 0];
  const context: CommandContext = {
    environment: {},
    streams: { out: () => undefined, talk: (text) => void (talk += text), terminal },
    nowAt: () => now,
    json,
    exit: 0,
  };
  return { context, pass: (ms: number) => (now += ms), talk: () => talk };
}

test("short work is not spoken of; long work says a line for each tenth", () => {
  const { context, pass, talk } = world(false);
  const progress = makeProgress(context, "read", 100);
  progress.at(10);
  expect(talk()).toBe("");
  pass(1_500);
  for (let done = 11; done <= 100; done += 1) progress.at(done);
  progress.end();
  const lines = talk().trim().split("\n");
  expect(lines).toHaveLength(10);
  expect(lines.at(-1)).toBe("read [####################] 100/100 1.5 s");
  expect(talk()).not.toContain("\r");
});

test("on a terminal one line grows; with --json nothing is said", () => {
  const line = world(true);
  const progress = makeProgress(line.context, "read", 4);
  line.pass(2_000);
  progress.at(2);
  progress.end();
  expect(line.talk()).toBe("\rread [##########..........] 2/4 2.0 s\n");
  const quiet = world(true, true);
  const silent = makeProgress(quiet.context, "read", 4);
  quiet.pass(2_000);
  silent.at(2);
  silent.end();
  expect(quiet.talk()).toBe("");
});
