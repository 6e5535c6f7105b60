import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { startTicksOf } from "./processes.ts";
import { watchSystem } from "./system-watch.ts";

test("the end of a watched process asks for another look at protection", async () => {
  const protector = spawn("/bin/sleep", ["1000"]);
  const pid = protector.pid ?? 0;
  const startTicks = (await startTicksOf(pid)) ?? "";
  const told = Promise.withResolvers<readonly string[]>();
  const end = watchSystem({
    changed: (signals) => {
      if (signals.includes("edr.running")) told.resolve(signals);
    },
    watched: () => [{ pid, startTicks }],
    onLost: () => undefined,
  });
  protector.kill("SIGKILL");
  expect(await told.promise).toEqual(["edr.running", "edr.healthy"]);
  end();
});
