import { afterEach, expect, it, vi } from "vitest";
import { closeFlows, flowsMove, openFlows } from "../lab/cutoff.ts";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { waitForState, type World } from "../lab/world.ts";
import { untilClosed, untilReached, withoutClosing, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

const patience = { timeout: 60_000, interval: 200 };

afterEach(async () => {
  const world = await sharedWorld();
  await closeFlows(world, hosts);
  firewallOn("laptop");
  await untilReached(world, 90_000);
});

/** The laptop's device once its spool is as wished; throws until then. */
async function laptopWith(world: World, fits: (spooled: number) => boolean) {
  const { stdout } = await world.laptop.cli(["status", "--json"]);
  const { device, spooled } = JSON.parse(stdout) as { device: { id: string }; spooled: number };
  expect(fits(spooled), `${spooled} events wait`).toBe(true);
  return device;
}

it("fail open: cuts nobody, opens nothing, while the controller is killed and starts again", async () => {
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
  const { id } = await vi.waitFor(() => laptopWith(world, (spooled) => spooled === 0), patience);
  await world.controller.program.kill();
  firewallOff("laptop");
  await vi.waitFor(() => laptopWith(world, (spooled) => spooled > 0), patience);
  await world.controller.start();
  await untilClosed(world, 30_000);
  // Reports come in order: once this one is here, no second copy of the first is under way.
  firewallOn("laptop");
  await untilReached(world, 90_000);
  const isFirewall = (line: Readonly<Record<string, unknown>>) =>
    line["message"] === "posture event received" &&
    line["signal"] === "firewall.enabled" &&
    line["device"] === id;
  const heard = world.controller.program.lines().filter(isFirewall);
  const [off, on] = heard.map((line) => Number(line["seq"]));
  expect(heard, "the firewall went off once and on once").toHaveLength(2);
  expect(on).toBeGreaterThan(off ?? Number.NaN);
});
