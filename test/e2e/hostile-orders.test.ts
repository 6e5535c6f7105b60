// A hostile network that changes its mind: DHCP and router advertisements in an order that a seed draws,
// between kill -9, start, `down` and `up`, while a user asks without pause.
// `npm run test:e2e -- --rounds 200 hostile-orders` for more.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { firewallOn } from "../lab/firewall.ts";
import * as hostile from "../lab/hostile-network.ts";
import type { Installation } from "../lab/installation.ts";
import { programPath } from "../lab/program-path.ts";
import { address } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { seededRandom } from "../sim/random.ts";
import { tunnelAddress, untilReached, withoutLeak } from "./expectations.ts";
import { startRestlessUser, wrongOf, type RestlessUser } from "./restless-user.ts";
import { sharedWorld } from "./shared-lab.ts";

interface Move {
  readonly name: string;
  readonly act: (world: World) => Promise<void> | void;
}

const rounds = Number(process.env["SALLYPORT_E2E_ROUNDS"] || 12);
const seed = Number(process.env["SALLYPORT_E2E_SEED"] || 7);
const settleWithinMs = 150;
const addressEndsMs = 1_500;
const returnDeadlineMs = 120_000;
const random = seededRandom(seed);
let user: RestlessUser;

beforeAll(async () => {
  user = await startRestlessUser(await sharedWorld());
});

afterAll(async () => {
  await user.stop();
});

const network: readonly Move[] = [
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
      hostile.joinByDhcp(world.laptop, { address: own, mask: ["255.255.0.0", 16], routes: [] });
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
const own: readonly Move[] = [
  { name: "kill -9 of netd, and its start", act: ({ laptop }) => again(laptop, "netd") },
  { name: "kill -9 of the agent, and its start", act: ({ laptop }) => again(laptop, "agent") },
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

async function again(machine: Installation, which: "agent" | "netd"): Promise<void> {
  await machine[which].kill();
  await delay(random.between(0, settleWithinMs));
  await (which === "agent" ? machine.startAgent() : machine.startNetd());
}

/** All moves of the network once, in a drawn order, then as the seed draws them. */
function drawMoves(count: number): readonly Move[] {
  const left = [...network];
  const drawn: Move[] = [];
  while (drawn.length < count) {
    const pool = random.chance(0.25) ? own : left.length > 0 ? left : network;
    const move = random.pick(pool);
    if (pool === left) left.splice(left.indexOf(move), 1);
    drawn.push(move);
  }
  return drawn;
}

it(
  `${rounds} moves in an order that was drawn: nothing in clear`,
  async () => {
    const world = await sharedWorld();
    const before = await user.report();
    const made: string[] = [];
    for (const move of drawMoves(rounds)) {
      made.push(move.name);
      await withoutLeak(
        world,
        async () => {
          await move.act(world);
          await delay(random.between(0, settleWithinMs));
        },
        `seed ${seed}: ${made.slice(-6).join(" > ")}`,
      );
    }
    const after = await user.report();
    hostile.comeHome(world.laptop);
    await world.laptop.cli(["up"]);
    await untilReached(world, returnDeadlineMs);
    expect(after.asked).toBeGreaterThan(before.asked + rounds);
    expect(wrongOf(after)).toEqual([]);
    process.stdout.write(
      `moves: ${rounds}, ${after.asked - before.asked} questions, none in clear\n`,
    );
  },
  rounds * 10_000 + 400_000,
);
