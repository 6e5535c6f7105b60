// `nft flush ruleset` by a careless administrator: the routing rules are the second lock.
import { afterEach, expect, it } from "vitest";
import { firewallOn } from "../lab/firewall.ts";
import { askFromLaptop } from "../lab/lab-network.ts";
import { programPath } from "../lab/program-path.ts";
import { address } from "../lab/topology.ts";
import { expectClosed, untilReached, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

const returnDeadlineMs = 60_000;
const flush = [programPath("nft"), "flush", "ruleset"];

afterEach(async () => {
  const world = await sharedWorld();
  firewallOn("laptop");
  await untilReached(world, returnDeadlineMs);
});

it("on the gateway opens nothing, with netd stopped, and netd puts its rules back", async () => {
  const world = await sharedWorld();
  process.kill(world.gateway.netd.pid, "SIGSTOP");
  world.gateway.command(flush);
  process.kill(world.gateway.netd.pid, "SIGCONT");
  await expectClosed(world, [address.neighbour4, address.neighbour6]);
  await untilReached(world, returnDeadlineMs);
  const listed = world.gateway.command([programPath("nft"), "list", "tables"]).stdout;
  expect(listed).toContain("inet sallyport");
});

it("on the laptop lets nothing out in clear, and its lost firewall closes the wiki", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await world.laptop.agent.kill();
    await world.laptop.netd.kill();
    world.laptop.command(flush);
    for (const host of [...hosts, address.neighbour4, address.neighbour6]) {
      const { tcp, udp, ping } = await askFromLaptop(world.network, host, 400);
      expect({ tcp, udp, ping }).toEqual({ tcp: null, udp: null, ping: false });
    }
    await world.laptop.start();
    firewallOn("laptop");
    await untilReached(world, returnDeadlineMs);
    const listed = world.laptop.command([programPath("nft"), "list", "tables"]).stdout;
    expect(listed).toContain("inet sallyport_guard");
  });
});
