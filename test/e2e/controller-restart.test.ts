import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import {
  closeFlows,
  flowsMove,
  liveWithinMs,
  longestSilence,
  openFlows,
  restoreByFirewall,
} from "../lab/cutoff.ts";
import { firewallOff } from "../lab/firewall.ts";
import { waitForState } from "../lab/world.ts";
import { expectClosed, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

it("cuts nobody while the controller is killed and starts again", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    await world.controller.program.kill();
    expect(await flowsMove(world, hosts)).toBe(true);
    await world.controller.start();
    await waitForState(world.laptop, "connected");
    await waitForState(world.gateway, "connected");
    expect(await flowsMove(world, hosts)).toBe(true);
    expect(await longestSilence(world, hosts)).toBeLessThan(liveWithinMs);
    await closeFlows(world, hosts);
  });
});

it("learns exactly once of what happened while it was down, and acts on it", async () => {
  const world = await sharedWorld();
  await world.controller.program.kill();
  firewallOff("laptop");
  await world.controller.start();
  const isFirewall = (line: Readonly<Record<string, unknown>>) =>
    line["message"] === "posture event received" && line["signal"] === "firewall.enabled";
  await world.controller.program.waitFor(isFirewall, { deadlineMs: 60_000 });
  await world.controller.program.waitFor((line) => line["message"] === "grants removal sent", {
    deadlineMs: 30_000,
  });
  await delay(1_000);
  await expectClosed(world);
  expect(world.controller.program.lines().filter(isFirewall)).toHaveLength(1);
  await restoreByFirewall(world, hosts[0]!);
});
