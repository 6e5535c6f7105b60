// `nft flush ruleset` by a careless administrator: the routing rules are the second lock.
import { afterEach, expect, it } from "vitest";
import { firewallOn } from "../lab/firewall.ts";
import { askFromLaptop } from "../lab/lab-network.ts";
import { programPath } from "../lab/program-path.ts";
import { address } from "../lab/topology.ts";
import { expectClosed, untilReached, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";
import { withStubbornLaptop } from "./stubborn-laptop.ts";

const returnDeadlineMs = 60_000;
const rounds = 3;
const flush = [programPath("nft"), "flush", "ruleset"];

afterEach(async () => {
  const world = await sharedWorld();
  firewallOn("laptop");
  await untilReached(world, returnDeadlineMs);
});

it("on the gateway opens nothing, while netd stands still and when it wakes", async () => {
  const world = await sharedWorld();
  const { gateway } = world;
  await withStubbornLaptop(world, async () => {
    for (let round = 0; round < rounds; round += 1) {
      process.kill(gateway.netd.pid, "SIGSTOP");
      gateway.command(flush);
      // A kernel's WireGuard goes on meanwhile; an embedded one finds all that waited when it wakes.
      await expectClosed(world);
      process.kill(gateway.netd.pid, "SIGCONT");
      await expectClosed(world);
    }
  });
});

it("on the gateway is undone by netd, and access is back", async () => {
  const world = await sharedWorld();
  world.gateway.command(flush);
  await untilReached(world, returnDeadlineMs);
  const listed = world.gateway.command([programPath("nft"), "list", "tables"]).stdout;
  expect(listed).toContain("inet sallyport");
});

it("on the laptop lets nothing out in clear, and access is back with its firewall", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await world.laptop.agent.kill();
    await world.laptop.netd.kill();
    world.laptop.command(flush);
    // A kernel's WireGuard goes on carrying what is granted.
    for (const host of hosts) {
      const { tcp, udp } = await askFromLaptop(world.network, host, 400);
      expect([tcp, udp]).not.toContain("impostor");
    }
    await expectClosed(world, [address.neighbour4, address.neighbour6]);
    await world.laptop.start();
    firewallOn("laptop");
    await untilReached(world, returnDeadlineMs);
    const listed = world.laptop.command([programPath("nft"), "list", "tables"]).stdout;
    expect(listed).toContain("inet sallyport_guard");
  });
});
