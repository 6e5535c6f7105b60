// A lease ends in the kernel with no process of ours alive.
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { monotonicMs } from "../lab/clock.ts";
import { expectClosed, liveElements, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

const leaseDeadlineMs = 75_000;
const turnMs = 500;

it("empties the gateway's live sets after agent and netd were killed", async () => {
  const world = await sharedWorld();
  expect(liveElements(world)).toBe(2);
  await withoutLeak(world, async () => {
    await world.gateway.agent.kill();
    await world.gateway.netd.kill();
    const endMs = monotonicMs() + leaseDeadlineMs;
    while (liveElements(world) > 0) {
      expect(monotonicMs(), "the lease did not end").toBeLessThan(endMs);
      await delay(turnMs);
    }
    await expectClosed(world);
    await world.gateway.start();
    await untilReached(world, 60_000);
  });
});
