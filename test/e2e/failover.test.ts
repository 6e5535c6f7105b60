// Two gateways serve the site; the one in use goes off the net without a word.
import { expect, it } from "vitest";
import { setCable } from "../lab/cable.ts";
import { labFolder } from "../lab/lab-process.ts";
import { startSpareGateway } from "../lab/spare-gateway.ts";
import { waitForState } from "../lab/world.ts";
import { address } from "../lab/topology.ts";
import { expectReach, untilReached, withoutLeak } from "./expectations.ts";
import { pageOf, untilTold } from "./look-up.ts";
import { sharedWorld } from "./shared-lab.ts";

const moveDeadlineMs = 60_000;
const docs = { four: [address.docs4], six: [address.docs6] };

it("moves to the other gateway of the site with its names, and nothing in clear between", async () => {
  const world = await sharedWorld();
  const spare = await startSpareGateway(labFolder(), world);
  await waitForState(spare, "connected");
  const spareId = await spare.id();
  await expectReach(world);
  await untilTold(world, docs);
  await withoutLeak(world, async () => {
    const since = world.laptop.netd.mark();
    setCable("gateway", "down");
    await untilReached(world, moveDeadlineMs);
    const moved = world.laptop.netd.lines(since).filter((line) => line["event"] === "failover");
    expect(moved).toHaveLength(1);
    await untilTold(world, docs);
    for (const host of [address.docs4, address.docs6]) {
      expect(await pageOf(world, host)).toBe("resource");
    }
    setCable("gateway", "up");
    await world.controller.ask(["device", "revoke", spareId]);
    await spare.stop();
    await waitForState(world.gateway, "connected");
    await untilReached(world, moveDeadlineMs);
  });
});
