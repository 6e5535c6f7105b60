import { afterEach, expect, test } from "vitest";
import { keepEventChild } from "./event-child.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function keep(
  script: string,
  enough: (told: readonly string[], lost: readonly string[]) => boolean,
) {
  const told: string[] = [];
  const lost: string[] = [];
  const done = Promise.withResolvers<{ told: string[]; lost: string[] }>();
  const look = () => {
    if (enough(told, lost)) done.resolve({ told, lost });
  };
  closers.push(
    keepEventChild(
      {
        path: process.execPath,
        args: ["-e", script],
        signalsOf: (line) => (line === "moved" ? ["firewall.enabled"] : []),
        lostOf: (line) => (line === "no disk" ? "disk" : null),
        signals: ["firewall.enabled", "edr.running"],
      },
      {
        changed: (signals) => {
          told.push(signals.join());
          look();
        },
        onLost: (_, because) => {
          lost.push(because);
          look();
        },
        trust: () => Promise.resolve(null),
        firstPauseMs: 5,
      },
    ),
  );
  return done.promise;
}

test("a program that goes on without one of its sources says so", async () => {
  const script = 'console.log("no disk"); setTimeout(() => {}, 1e6)';
  expect(await keep(script, (_, lost) => lost.length > 0)).toEqual({
    told: [],
    lost: ["without disk"],
  });
});

test("a line that means something is told, others are not", async () => {
  const script =
    'console.log("Filtering the log data"); console.log("moved"); setTimeout(() => {}, 1e6)';
  expect(await keep(script, (told) => told.length > 0)).toEqual({
    told: ["firewall.enabled"],
    lost: [],
  });
});

test("one that ends is said to be lost, is started again, and everything is looked at again", async () => {
  const { told, lost } = await keep("process.exit(3)", (heard) => heard.length > 1);
  expect(lost.slice(0, 2)).toEqual(["ended with 3", "ended with 3"]);
  expect(told.slice(0, 2)).toEqual([
    "firewall.enabled,edr.running",
    "firewall.enabled,edr.running",
  ]);
});

test("one that floods a line without end is killed", async () => {
  const script =
    'const b = "x".repeat(9999); for (let i = 0; i < 99; i++) process.stdout.write(b); setTimeout(() => {}, 1e6)';
  const { lost } = await keep(script, (_, heard) => heard.length > 0);
  expect(lost).toEqual(["ended with SIGKILL"]);
});

test("a program that others may replace is not run", async () => {
  const lost = Promise.withResolvers<string>();
  closers.push(
    keepEventChild(
      { path: "/tmp/planted", args: [], signalsOf: () => [], signals: [] },
      {
        changed: () => undefined,
        onLost: (_, because) => lost.resolve(because),
        trust: () => Promise.resolve("tampered_tool"),
      },
    ),
  );
  expect(await lost.promise).toBe("tampered_tool");
});
