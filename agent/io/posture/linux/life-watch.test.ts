import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { createLifeWatch, type LifeWatch } from "./life-watch.ts";

let watch: LifeWatch | null = null;
afterEach(() => watch?.close());

test("netd is asked for exactly the processes that matter now", async () => {
  const asked: (readonly number[])[] = [];
  watch = createLifeWatch(
    (pids) => {
      asked.push(pids);
      return Promise.resolve(true);
    },
    () => undefined,
  );
  await watch.keep([{ pid: 11, startTicks: "1" }]);
  await watch.keep([]);
  expect(asked).toEqual([[11], []]);
});

test("where netd cannot tell, the end of a process is found all the same, and told once", async () => {
  const protector = spawn("/bin/sleep", ["1000"]);
  const pid = protector.pid ?? 0;
  let count = 0;
  const ended = Promise.withResolvers<void>();
  watch = createLifeWatch(
    () => Promise.resolve(false),
    () => {
      count++;
      ended.resolve();
    },
    5,
  );
  await watch.keep([
    { pid, startTicks: "1" },
    { pid: process.pid, startTicks: "1" },
  ]);
  expect(count).toBe(0);
  protector.kill("SIGKILL");
  await once(protector, "exit");
  await ended.promise;
  await watch.keep([{ pid: process.pid, startTicks: "1" }]);
  expect(count).toBe(1);
});
