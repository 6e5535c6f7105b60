// The laptop moves between networks, sleeps and wakes in another one, and its NAT forgets it.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { closeFlows, flowsMove, longestGapMs, openFlows } from "../lab/cutoff.ts";
import { mustRunNow } from "../lab/command.ts";
import { programPath } from "../lab/program-path.ts";
import { address, inNamespace } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { expectClosed, untilReached, withoutLeak } from "./expectations.ts";
import { elsewhere, laptopIp, moveLaptop } from "./moving-laptop.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

const returnDeadlineMs = 60_000;
/** Without a re-bind WireGuard notices a lost path after 15 s only. */
const ownDiscoveryMs = 15_000;

afterEach(async () => {
  const world = await sharedWorld();
  await closeFlows(world, hosts);
  await untilReached(world, returnDeadlineMs);
});

it("a new address: flows go on and the socket is bound anew at once", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    expect(await flowsMove(world, hosts)).toBe(true);
    moveLaptop(world, address.laptop4, elsewhere);
    expect(await flowsMove(world, hosts)).toBe(true);
    const gapMs = await longestGapMs(world, hosts);
    process.stdout.write(`roaming: longest silence after a new address ${gapMs} ms\n`);
    expect(gapMs).toBeLessThan(ownDiscoveryMs);
    moveLaptop(world, elsewhere, address.laptop4);
    expect(await flowsMove(world, hosts)).toBe(true);
  });
});

it("a NAT that gives the tunnel another port: the gateway follows", async () => {
  const world = await sharedWorld();
  const port = wireguardPort(world);
  const outside = port === 45_053 ? 45_054 : 45_053;
  const nat = `table ip nat_box
delete table ip nat_box
table ip nat_box {
  chain out { type filter hook prerouting priority -310; policy accept;
    iifname "laptop" udp sport ${port} udp dport 51820 udp sport set ${outside}; }
  chain back { type filter hook postrouting priority 310; policy accept;
    oifname "laptop" udp sport 51820 udp dport ${port} drop
    oifname "laptop" udp sport 51820 udp dport ${outside} udp dport set ${port}; }
}
`;
  await withoutLeak(world, async () => {
    await openFlows(world, hosts);
    nft(["-f", "-"], nat);
    try {
      expect(await flowsMove(world, hosts)).toBe(true);
    } finally {
      nft(["delete", "table", "ip", "nat_box"]);
    }
    expect(await flowsMove(world, hosts)).toBe(true);
  });
});

it("sleep: processes and link stand still, the laptop wakes in another network", async () => {
  const world = await sharedWorld();
  const { agent, netd } = world.laptop;
  await withoutLeak(world, async () => {
    for (const program of [agent, netd]) process.kill(program.pid, "SIGSTOP");
    laptopIp(world, ["link set eth0 down"]);
    await expectClosed(world);
    laptopIp(world, ["link set eth0 up"]);
    moveLaptop(world, address.laptop4, elsewhere);
    laptopIp(world, [
      "addr replace 2001:db8:1::2/64 dev eth0 nodad",
      "route replace ::/0 via 2001:db8:1::1",
    ]);
    await expectClosed(world, [address.neighbour4, address.neighbour6]);
    for (const program of [netd, agent]) process.kill(program.pid, "SIGCONT");
    await untilReached(world, returnDeadlineMs);
    moveLaptop(world, elsewhere, address.laptop4);
  });
});

function nft(args: readonly string[], input?: string): void {
  const argv = inNamespace("internet", [programPath("nft"), ...args]);
  mustRunNow(argv, input === undefined ? {} : { input });
}

/** The source port of the laptop's WireGuard: the one UDP socket on every address of netd, or of the kernel. */
function wireguardPort(world: World): number {
  const process = `/proc/${world.laptop.netd.pid}`;
  const table = readFileSync(`${process}/net/udp`, "utf8");
  const held = new Set(
    readdirSync(`${process}/fd`).map((name) => targetOf(`${process}/fd/${name}`)),
  );
  const found = table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , , , , , , inode]) => inode === "0" || held.has(`socket:[${inode}]`))
    .filter(([, local = "", remote]) => local.startsWith("00000000:") && remote === "00000000:0000")
    .map(([, local = ""]) => Number.parseInt(local.slice(9), 16))
    .find((port) => port > 1_024);
  if (found === undefined) throw new Error(`no socket in ${table}`);
  return found;
}

/** What a descriptor is, or nothing where it was closed since it was listed. */
function targetOf(descriptor: string): string | null {
  try {
    return readlinkSync(descriptor);
  } catch {
    return null;
  }
}
