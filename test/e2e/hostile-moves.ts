// What a hostile network does to a laptop, move by move, and what the laptop's own programs do between.
import { setTimeout as delay } from "node:timers/promises";
import { firewallOn } from "../lab/firewall.ts";
import * as hostile from "../lab/hostile-network.ts";
import type { Installation } from "../lab/installation.ts";
import { programPath } from "../lab/program-path.ts";
import { address } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { tunnelAddress } from "./expectations.ts";

/** One thing that happens to the laptop. */
export interface Move {
  readonly name: string;
  readonly act: (world: World) => Promise<void> | void;
}

const addressEndsMs = 1_500;

/** DHCP and router advertisements, addresses that end, cables that are drawn. */
export const network: readonly Move[] = [
  offer("routes to the resource and both halves of the internet", {
    address: "10.1.0.100",
    mask: ["255.255.255.0", 24],
    routes: [`${address.resource4}/32`, "0.0.0.0/1", "128.0.0.0/1"],
  }),
  offer("routes to gateway, controller, tunnel and halves of the LAN", {
    address: "10.1.0.101",
    mask: ["255.255.255.0", 24],
    routes: ["gateway4", "controller4", "neighbour4", "resolver4"]
      .map((name) => `${address[name as "gateway4"]}/32`)
      .concat("100.96.0.0/16", "10.50.0.0/25", "10.50.0.128/25"),
  }),
  offer("an address of the LAN", {
    address: "10.50.0.77",
    mask: ["255.255.255.0", 24],
    routes: [],
  }),
  offer("the resource's own address", {
    address: address.resource4,
    mask: ["255.255.255.255", 32],
    routes: [],
  }),
  offer("an address of the pool", { address: "100.96.7.7", mask: ["255.255.0.0", 16], routes: [] }),
  {
    name: "DHCP: the laptop's own address in the tunnel",
    act: async (world) => {
      const own = tunnelAddress(world);
      await hostile.joinByDhcp(world.laptop, {
        address: own,
        mask: ["255.255.0.0", 16],
        routes: [],
      });
    },
  },
  advert("the resource and the LAN as a network to join", [
    `${address.resource6}/128`,
    "fd50::/64",
  ]),
  advert("halves of the LAN, the tunnel and gateways", [
    "fd50::/65",
    "fd50::8000:0:0:0/65",
    "fd50::/64",
    `${address.gateway6}/128`,
    `${address.controller6}/128`,
  ]),
  advert("the end of all that", [`${address.resource6}/128`, "fd50::/64"], 0),
  { name: "home again", act: ({ laptop }) => hostile.comeHome(laptop) },
  {
    name: "an address that ends, and comes again",
    act: async ({ laptop }) => {
      hostile.comeHome(laptop);
      const change = ["addr", "change", `${address.laptop4}/24`, "dev", "eth0"];
      laptop.command([programPath("ip"), ...change, "valid_lft", "1", "preferred_lft", "1"]);
      await delay(addressEndsMs);
      hostile.comeHome(laptop);
    },
  },
  {
    name: "a cable that is drawn and put in",
    act: ({ laptop }) => {
      laptop.command([programPath("ip"), "link", "set", "eth0", "down"]);
      hostile.comeHome(laptop);
    },
  },
];

function offer(name: string, what: hostile.Offer): Move {
  return { name: `DHCP: ${name}`, act: ({ laptop }) => hostile.joinByDhcp(laptop, what) };
}

function advert(name: string, prefixes: readonly string[], lifetimeSeconds?: number): Move {
  return {
    name: `router advertisement: ${name}`,
    act: ({ laptop }) => hostile.hearAdvert(laptop, prefixes, lifetimeSeconds),
  };
}

/** Between what the network does: the laptop's own programs die, come back, go down and up. */
export const own = (deadMs: () => number): readonly Move[] => [
  { name: "kill -9 of netd, and its start", act: ({ laptop }) => again(laptop, "netd", deadMs()) },
  {
    name: "kill -9 of the agent, and its start",
    act: ({ laptop }) => again(laptop, "agent", deadMs()),
  },
  { name: "down", act: async ({ laptop }) => void (await laptop.cli(["down"])) },
  { name: "up", act: async ({ laptop }) => void (await laptop.cli(["up"])) },
  {
    name: "nft flush ruleset, and the machine's own firewall again",
    act: ({ laptop }) => {
      laptop.command([programPath("nft"), "flush", "ruleset"]);
      firewallOn("laptop");
    },
  },
];

async function again(
  machine: Installation,
  which: "agent" | "netd",
  deadMs: number,
): Promise<void> {
  await machine[which].kill();
  await delay(deadMs);
  await (which === "agent" ? machine.startAgent() : machine.startNetd());
}
