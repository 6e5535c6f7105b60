// A lease ends in the kernel with no process of ours alive.
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { monotonicMs } from "../lab/clock.ts";
import { programPath } from "../lab/program-path.ts";
import type { World } from "../lab/world.ts";
import { expectClosed, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

const leaseDeadlineMs = 75_000;
const turnMs = 500;

/** Addresses whose lease the gateway's kernel still runs, both families. */
function liveElements(world: World): number {
  return ["live4", "live6"]
    .map((set) => {
      const args = ["--json", "list", "set", "inet", "sallyport", set];
      const text = world.gateway.command([programPath("nft"), ...args]).stdout;
      const listed = JSON.parse(text) as { nftables: { set?: { elem?: unknown[] } }[] };
      return listed.nftables.flatMap((item) => item.set?.elem ?? []).length;
    })
    .reduce((sum, count) => sum + count, 0);
}

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
