// The network that a laptop joins is the attacker's: it hands out routes and addresses that lead
// protected prefixes to its own machines (TunnelVision, CVE-2024-3661; TunnelCrack, CVE-2023-36672,
// -35838, -36673, -36671). The impostor answers there for everything.
import { afterEach, expect, it, vi } from "vitest";
import * as hostile from "../lab/hostile-network.ts";
import type { Installation } from "../lab/installation.ts";
import { askFromLaptop } from "../lab/lab-network.ts";
import { nodePath, programPath } from "../lab/program-path.ts";
import { address, docsName } from "../lab/topology.ts";
import {
  expectClosed,
  expectReach,
  tunnelAddress,
  untilReached,
  withoutLeak,
} from "./expectations.ts";
import { lookUp } from "./look-up.ts";
import { hosts, sharedWorld } from "./shared-lab.ts";

type Attack = (machine: Installation) => Promise<void> | void;

const everything = [...hosts, address.neighbour4, address.neighbour6];
const returnDeadlineMs = 60_000;
const traceDeadlineMs = 60_000;
let undo: Attack | undefined;

afterEach(async () => {
  const world = await sharedWorld();
  await undo?.(world.laptop);
  undo = undefined;
  await untilReached(world, returnDeadlineMs);
});

/** Name, attack, its end, and what in the main table shows that it took place. */
const attacks: readonly [string, Attack, Attack, string][] = [
  [
    "CVE-2024-3661, TunnelVision: DHCP hands out routes to the resource and to both halves of the internet",
    hostile.joinByDhcp,
    hostile.leaveDhcp,
    `${address.resource4} via`,
  ],
  [
    "TunnelVision over IPv6: the same routes",
    hostile.stealRoutes6,
    hostile.returnRoutes6,
    `${address.resource6} via`,
  ],
  [
    "CVE-2023-36672, TunnelCrack LocalNet: the hotel's own network has the company's prefix",
    hostile.joinLocalNet,
    hostile.leaveLocalNet,
    "10.50.0.0/24 dev eth0",
  ],
  [
    "hostile router advertisement: a route to the resource and an address of its LAN",
    hostile.hearRouter,
    hostile.forgetRouter,
    `${address.resource6} via fe80`,
  ],
];

it.each(attacks)("%s", async (_name, attack, end, trace) => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await attack(world.laptop);
    undo = end;
    // The kernel reads an advertisement after the sender is done.
    await vi.waitFor(() => expect(hostile.mainRoutes(world.laptop)).toContain(trace), {
      timeout: traceDeadlineMs,
    });
    await expectReach(world);
    await expectClosed(world, [address.neighbour4, address.neighbour6]);
    await world.laptop.netd.kill();
    await expectClosed(world, everything);
    await world.laptop.startNetd();
    await untilReached(world, returnDeadlineMs);
  });
});

it("CVE-2023-36673, TunnelCrack ServerIP: no program but netd sends to a gateway's or controller's port", async () => {
  const world = await sharedWorld();
  const text = `
    const [udp4, udp6] = ["udp4", "udp6"].map((kind) => require("node:dgram").createSocket(kind));
    for (const host of ${JSON.stringify(everything)})
      for (const port of [51820, 8443, 443, 53]) {
        (host.includes(":") ? udp6 : udp4).send("handshake", port, host, () => {});
        require("node:net").connect({ host, port }).on("error", () => {});
      }
    setTimeout(() => process.exit(0), 300);`;
  await withoutLeak(world, async () => {
    world.laptop.command([nodePath, "-e", text]);
  });
});

/** Adds or removes a rule before ours that leads everything, or all of one protocol, to the main table. */
const ruleBefore =
  (verb: "add" | "del", ...selects: readonly string[]) =>
  (machine: Installation) => {
    const rule = ["rule", verb, "pref", "100", ...selects, "lookup", "main"];
    for (const family of ["-4", "-6"]) machine.command([programPath("ip"), family, ...rule]);
  };

it("the resource's own address as the laptop's only one: WireGuard alone leaves under it", async () => {
  const world = await sharedWorld();
  const ip = (...args: string[]) => world.laptop.command([programPath("ip"), ...args]);
  await withoutLeak(world, async () => {
    const before = await world.network.leaks.read();
    undo = hostile.comeHome;
    ip("addr", "add", `${address.resource4}/32`, "dev", "eth0");
    ip("addr", "del", `${address.laptop4}/24`, "dev", "eth0");
    await expectClosed(world, [address.neighbour4, address.neighbour6]);
    await vi.waitFor(
      async () => {
        await askFromLaptop(world.network, address.resource6, 400);
        expect((await world.network.leaks.read()).tunnel).toBeGreaterThan(before.tunnel);
      },
      { timeout: traceDeadlineMs },
    );
  });
});

it("a routing rule of another VPN before ours closes instead of leaking", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    ruleBefore("add")(world.laptop);
    undo = ruleBefore("del");
    await expectClosed(world, everything);
    const examined = await world.laptop.cli(["doctor", "--json"]);
    expect(examined.exitCode).toBe(1);
    expect(examined.stdout).toContain("pref 100 lookup 254");
  });
});

it("a routing rule of another VPN for one protocol closes that one, and is named", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    ruleBefore("add", "ipproto", "tcp")(world.laptop);
    undo = ruleBefore("del", "ipproto", "tcp");
    expect(await askFromLaptop(world.network, address.resource4, 400)).toMatchObject({
      tcp: null,
      udp: "resource",
    });
    const examined = await world.laptop.cli(["doctor", "--json"]);
    expect(examined.exitCode).toBe(1);
    expect(examined.stdout).toContain("pref 100 ipproto 6 lookup 254");
  });
});

it("a routing rule of another VPN on the gateway leads no answer out in clear", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    ruleBefore("add")(world.gateway);
    undo = () => ruleBefore("del")(world.gateway);
    await expectClosed(world);
    await lookUp(world, tunnelAddress(world), docsName);
    const examined = await world.gateway.cli(["doctor", "--json"]);
    expect(examined.exitCode).toBe(1);
    expect(examined.stdout).toContain("pref 100 lookup 254");
  });
});
