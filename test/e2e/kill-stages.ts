// The states in which everything is killed: how the lab comes into each and out of it again.
import { setTimeout as delay } from "node:timers/promises";
import { firewallOff, firewallOn } from "../lab/firewall.ts";
import { policy } from "../lab/documents.ts";
import { address } from "../lab/topology.ts";
import { waitForState, type World } from "../lab/world.ts";
import { untilClosed } from "./expectations.ts";

/** A state of the laptop that processes are killed in. */
export interface Stage {
  readonly name: string;
  /** Of a hundred rounds. */
  readonly share: number;
  /** Nothing may answer while it lasts; else only what is granted. */
  readonly closed: boolean;
  /** Processes that stay dead: their death is what makes the state. */
  readonly without: readonly string[];
  readonly enter: (world: World) => Promise<void>;
  readonly leave: (world: World) => Promise<void>;
}

const settleMs = 30_000;
/** Longer than the leases after which a device without its controller calls itself offline. */
const offlineMs = 125_000;

/** A second resource that opens only while the firewall is off: with it on, some is closed. */
const printer = `name: printer
site: hq
targets:
  - { cidr: "${address.neighbour4}/32", proto: tcp, ports: ["8080"] }
`;
const withPrinter = `${policy}  - id: printing-without-firewall
    effect: allow
    subjects: { groups: [engineering] }
    resources: { names: [printer] }
    when: { signal: firewall.enabled, is: false }
`;

async function nothing(): Promise<void> {
  // Connected is how every test finds the lab.
}

async function startController(world: World): Promise<void> {
  await world.controller.start();
}

async function command(world: World, verb: "up" | "down"): Promise<void> {
  const { exitCode, stderr } = await world.laptop.cli([verb]);
  if (exitCode !== 0) throw new Error(stderr);
}

/** The six states, in the order in which a laptop comes to them. */
export const stages: readonly Stage[] = [
  {
    name: "connected",
    share: 30,
    closed: false,
    without: [],
    enter: nothing,
    leave: nothing,
  },
  {
    name: "blocked by posture",
    share: 20,
    closed: true,
    without: [],
    enter: async (world) => {
      firewallOff("laptop");
      await untilClosed(world, settleMs);
    },
    leave: async () => void firewallOn("laptop"),
  },
  {
    name: "narrowed",
    share: 15,
    closed: false,
    without: [],
    enter: async (world) => {
      await world.controller.apply("resource", printer);
      await world.controller.apply("policy", withPrinter);
      await waitForState(world.laptop, "narrowed");
    },
    leave: (world) => world.controller.apply("policy", policy),
  },
  {
    name: "taken down by its user",
    share: 15,
    closed: true,
    without: [],
    enter: async (world) => {
      await command(world, "down");
      await untilClosed(world, settleMs);
    },
    leave: (world) => command(world, "up"),
  },
  {
    name: "started anew without a controller",
    share: 12,
    closed: false,
    without: ["controller"],
    enter: async (world) => {
      await world.controller.program.kill();
      await world.laptop.agent.kill();
      await world.laptop.startAgent();
      await waitForState(world.laptop, "connected");
    },
    leave: startController,
  },
  {
    name: "offline",
    share: 8,
    closed: false,
    without: ["controller"],
    enter: async (world) => {
      await world.controller.program.kill();
      await delay(offlineMs);
      await waitForState(world.laptop, "offline");
    },
    leave: startController,
  },
];
