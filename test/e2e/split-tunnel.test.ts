import { expect, it } from "vitest";
import { askFromLaptop } from "../lab/lab-network.ts";
import { address } from "../lab/topology.ts";
import { expectClosed, expectReach, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

it("carries the granted resource through WireGuard and nothing of it in clear", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    const before = await world.network.leaks.read();
    await expectReach(world);
    const after = await world.network.leaks.read();
    expect(after.tunnel).toBeGreaterThan(before.tunnel);
  });
});

it("leaves public addresses outside the tunnel", async () => {
  const world = await sharedWorld();
  for (const host of [address.public4, address.public6]) {
    await expect
      .poll(() => askFromLaptop(world.network, host, 4_000), { timeout: 60_000 })
      .toEqual({ tcp: "impostor", udp: "impostor", ping: true });
  }
});

it("keeps the rest of the LAN closed, and never in clear", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, () => expectClosed(world, [address.neighbour4, address.neighbour6]));
});
