import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import { groupsOf } from "../../../core/posture/groups.ts";
import { startTicksOf } from "./processes.ts";
import { placedSignals, watchSystem } from "./system-watch.ts";

const byNetd = ["firewall.enabled", "firewall.ipv4", "firewall.ipv6", "route.tampered"];

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

test("every signal that the catalogue calls evented on Linux has an event source", () => {
  const told = groupsOf("linux").filter(({ signals }) =>
    signals.some((signal) => placedSignals.has(signal)),
  );
  const heard = new Set([...told.flatMap(({ signals }) => signals), ...byNetd]);
  const evented = catalogue.filter(({ evented: on }) => on.includes("linux"));
  expect(evented.map(({ signal }) => signal).filter((signal) => !heard.has(signal))).toEqual([]);
});
