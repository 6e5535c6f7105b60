// A reboot takes everything out of the kernel. netd starts before the network is up and puts the
// guard back from what it kept, before any agent or controller is there.
import { it } from "vitest";
import { firewallOn } from "../lab/firewall.ts";
import { programPath } from "../lab/program-path.ts";
import { address } from "../lab/topology.ts";
import { expectClosed, untilReached, withoutLeak } from "./expectations.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

const everything = [...hosts, address.neighbour4, address.neighbour6];
const returnDeadlineMs = 60_000;

it("closes before the network is up, and opens when agent and controller are back", async () => {
  const world = await sharedWorld();
  const { laptop } = world;
  const ip = (...args: string[]) => laptop.command([programPath("ip"), ...args]);
  await withoutLeak(world, async () => {
    await laptop.agent.kill();
    await laptop.netd.kill();
    ip("link", "set", "eth0", "down");
    ip("link", "del", "sp0");
    laptop.command([programPath("nft"), "flush", "ruleset"]);
    for (const family of ["-4", "-6"]) {
      ip(family, "rule", "flush");
      for (const [priority, table] of [
        ["0", "local"],
        ["32766", "main"],
      ]) {
        ip(family, "rule", "add", "pref", priority!, "lookup", table!);
      }
      ip(family, "route", "flush", "table", "5350");
    }
    await laptop.startNetd();
    ip("link", "set", "eth0", "up");
    ip("route", "replace", "default", "via", "10.1.0.1");
    ip("-6", "addr", "replace", "2001:db8:1::2/64", "dev", "eth0", "nodad");
    ip("-6", "route", "replace", "::/0", "via", "2001:db8:1::1");
    await expectClosed(world, everything);
    firewallOn("laptop");
    await laptop.startAgent();
    await untilReached(world, returnDeadlineMs);
  });
});
