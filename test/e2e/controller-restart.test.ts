import { afterEach, expect, it } from "vitest";
import { closeFlows, flowsMove, openFlows } from "../lab/cutoff.ts";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { waitForState } from "../lab/world.ts";
import { untilClosed, untilReached, withoutClosing, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

afterEach(async () => {
  const world = await sharedWorld();
  await closeFlows(world, hosts);
  firewallOn("laptop");
  await untilReached(world, 90_000);
});

it("cuts nobody while the controller is killed and starts again", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    await withoutClosing(world, async () => {
      await world.controller.program.kill();
      expect(await flowsMove(world, hosts)).toBe(true);
      await world.controller.start();
      await waitForState(world.laptop, "connected");
      await waitForState(world.gateway, "connected");
      expect(await flowsMove(world, hosts)).toBe(true);
    });
  });
});

it("cuts nobody while the signing keys are replaced, and both ends believe the new ones", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    await withoutClosing(world, async () => {
      await world.controller.ask(["key", "rotate"]);
      expect(await flowsMove(world, hosts)).toBe(true);
    });
    // What opens again is signed anew: a grant for the gateway, a config for the laptop.
    firewallOff("laptop");
    await untilClosed(world, 30_000);
    firewallOn("laptop");
    await untilReached(world, 90_000);
  });
  const listed = await world.controller.ask(["key", "list"]);
  expect(listed).toMatchObject({ items: Array.from({ length: 6 }, () => expect.anything()) });
});

it("learns exactly once of what happened while it was down, and acts on it", async () => {
  const world = await sharedWorld();
  await world.controller.program.kill();
  firewallOff("laptop");
  await world.controller.start();
  const isFirewall = (line: Readonly<Record<string, unknown>>) =>
    line["message"] === "posture event received" && line["signal"] === "firewall.enabled";
  await world.controller.program.waitFor(isFirewall, { deadlineMs: 60_000 });
  await untilClosed(world, 30_000);
  // What an agent had not yet had acknowledged comes too, under a name of its own.
  const names = world.controller.program
    .lines()
    .filter(isFirewall)
    .map((line) => `${String(line["device"])} ${String(line["seq"])}`);
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
});
