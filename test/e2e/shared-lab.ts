// One lab for all e2e files: the project runs them one after the other in one worker without
// isolation, so what this module holds is made once, and
// anew after a file that failed. The container's end removes it.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Installation } from "../lab/installation.ts";
import {
  askFromLaptop,
  startLabNetwork,
  type Answers,
  type LabNetwork,
} from "../lab/lab-network.ts";
import { monotonicMs } from "../lab/clock.ts";
import { labFolder } from "../lab/lab-process.ts";
import { patience } from "../lab/patience.ts";
import type { LeakReading } from "../lab/leak-counter.ts";
import { address, removeTopology } from "../lab/topology.ts";
import { connectedWorld, wireguardOf, type World } from "../lab/world.ts";

/** Half of the usual: its end is worth waiting for, a restart of the controller fits well into it. */
export const leaseSeconds = 60;

/** One laptop flaps through many scenarios: a growing hold would only make them wait. */
const shortHolds = ["--reopen-hold", "1s", "--reopen-hold-max", "2s"];
/** The provider of people stands on the controller's own machine. */
const serveArguments = [...shortHolds, "--identity-provider-net", "127.0.0.0/8"];

const linkDeadlineMs = patience(90_000);
const turnMs = 200;

/** The wiki by both families: every scenario runs over IPv4 and IPv6. */
export const hosts = [address.resource4, address.resource6];

let lab: Promise<Lab> | undefined;
let world: Promise<World> | undefined;

/** The lab that all e2e files share. */
export interface Lab {
  readonly network: LabNetwork;
  /** What the laptop got for the resource's addresses before any Sallyport was there. */
  readonly unguarded: readonly Answers[];
  /** What both counters made of it. */
  readonly seen: LeakReading;
}

/**
 * The namespaces with resource and impostor; asked once without Sallyport, before anything else.
 * Throws outside the container that `npm test` makes.
 */
export function sharedLab(): Promise<Lab> {
  lab ??= makeLab();
  return lab;
}

async function makeLab(): Promise<Lab> {
  const network = await startLabNetwork(join(labFolder(), "logs"));
  const unguarded: Answers[] = [];
  for (const host of hosts) unguarded.push(await askFromLaptop(network, host, 8_000));
  await network.leaks.settle();
  const seen = await network.leaks.read();
  await network.leaks.reset();
  return { network, unguarded, seen };
}

/** Ends the lab of a file that failed in it, whatever state that left: the next file makes its own. */
export function discardLab(): void {
  lab = undefined;
  world = undefined;
  removeTopology();
  for (const entry of readdirSync(labFolder(), { withFileTypes: true })) {
    const state = join(labFolder(), entry.name, "state");
    if (entry.isDirectory()) rmSync(state, { recursive: true, force: true });
  }
}

/** Controller, gateway and laptop, connected; a test leaves it connected for the next one. */
export function sharedWorld(): Promise<World> {
  world ??= makeWorld();
  return world;
}

/** Waits until both agents are linked: a file that killed the controller leaves them in a pause. */
export async function untilLinked(): Promise<void> {
  if (world === undefined) return;
  const { laptop, gateway } = await world;
  const endMs = monotonicMs() + linkDeadlineMs;
  for (const machine of [laptop, gateway]) {
    while ((await linkOf(machine)) !== "up") {
      if (monotonicMs() > endMs) throw new Error(`${machine.namespace} does not link again`);
      await delay(turnMs);
    }
  }
}

async function linkOf(machine: Installation): Promise<string> {
  const { stdout } = await machine.cli(["status", "--json"]);
  return (JSON.parse(stdout) as { link: string }).link;
}

async function makeWorld(): Promise<World> {
  const { network } = await sharedLab();
  const made = await connectedWorld(labFolder(), network, { leaseSeconds, serveArguments });
  process.stdout.write(`WireGuard of the lab: ${wireguardOf(made)}\n`);
  return made;
}
