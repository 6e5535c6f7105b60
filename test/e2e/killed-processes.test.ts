// kill -9 of each process in turn: what is closed stays closed, nothing leaves in clear, and access
// returns when the process is back. Without the laptop's netd there is no tunnel but still a guard.
import { afterEach, expect, it } from "vitest";
import { closeFlows, flowsMove, openFlows } from "../lab/cutoff.ts";
import { askFromLaptop } from "../lab/lab-network.ts";
import { address } from "../lab/topology.ts";
import { waitForState } from "../lab/world.ts";
import {
  expectClosed,
  expectReach,
  untilReached,
  withoutClosing,
  withoutLeak,
} from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";
import { withStubbornLaptop } from "./stubborn-laptop.ts";

const returnDeadlineMs = 60_000;

/** What a failed test left dead comes back, so that only that one fails. */
afterEach(async () => {
  const world = await sharedWorld();
  await closeFlows(world, hosts);
  for (const machine of [world.gateway, world.laptop]) {
    if (machine.netd.ended) await machine.startNetd();
    if (machine.agent.ended) await machine.startAgent();
  }
  await untilReached(world, returnDeadlineMs);
});

it("laptop's agent: flows go on, the rest stays closed, a new agent takes over", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    await withoutClosing(world, async () => {
      await world.laptop.agent.kill();
      expect(await flowsMove(world, hosts)).toBe(true);
      await expectClosed(world, [address.neighbour4, address.neighbour6]);
      await world.laptop.startAgent();
      await waitForState(world.laptop, "connected");
      expect(await flowsMove(world, hosts)).toBe(true);
    });
  });
});

it("laptop's netd: nothing in clear without a tunnel; a new netd adopts what is there", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await world.laptop.netd.kill();
    for (const host of hosts) {
      const { tcp, udp } = await askFromLaptop(world.network, host, 400);
      expect([tcp, udp]).not.toContain("impostor");
    }
    await world.laptop.startNetd();
    await untilReached(world, returnDeadlineMs);
  });
});

it("gateway's agent: flows go on until the lease ends, a new agent takes over", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    await withoutClosing(world, async () => {
      await world.gateway.agent.kill();
      expect(await flowsMove(world, hosts)).toBe(true);
      await world.gateway.startAgent();
      await waitForState(world.gateway, "connected");
      expect(await flowsMove(world, hosts)).toBe(true);
    });
  });
});

it("gateway's netd: opens nothing by its death, nor when a new one adopts what is there", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await withStubbornLaptop(world, async () => {
      await world.gateway.netd.kill();
      await expectClosed(world);
      await world.gateway.startNetd();
      await waitForState(world.gateway, "connected");
      await expectClosed(world);
    });
    await untilReached(world, returnDeadlineMs);
  });
});

it("gateway's netd: a new netd forwards again what is granted", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await world.gateway.netd.kill();
    await world.gateway.startNetd();
    await untilReached(world, returnDeadlineMs);
    await expectReach(world);
  });
});
