// Measures one cut-off and one return on flows that never stop sending.
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "./clock.ts";
import { LabFailure } from "./command.ts";
import { firewallOff, firewallOn } from "./firewall.ts";
import type { Arrivals, FlowReport } from "./flow.ts";
import { ask } from "./line-client.ts";
import { patience } from "./patience.ts";
import {
  type CutEnds,
  cutEndsOf,
  gatewayCutAtMs,
  type Phases,
  phasesOf,
  roundMs,
} from "./phases.ts";
import type { World } from "./world.ts";

/** One cut as both ends saw it, with its phases. */
export interface Cut {
  /** Return of the command that opened the firewall. */
  readonly openedAtMs: number;
  readonly tcpMs: number;
  readonly udpMs: number;
  readonly aliveBefore: boolean;
  readonly phases: Phases;
  readonly ends: CutEnds;
}

type Protocol = "tcp" | "udp";

const silenceMs = patience(300);
/** A flow that lives shows it within milliseconds; a starved machine may take long to look. */
const liveWithinMs = patience(15_000);
const cutDeadlineMs = patience(15_000);
const restoreDeadlineMs = patience(90_000);
const turnMs = 50;

/** Opens TCP and UDP flows to each host; each sends every millisecond in both directions. */
export async function openFlows(world: World, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    await ask(world.network.resource, { verb: "forget", host });
    await ask(world.network.client, { verb: "open", host });
  }
}

/** Ends the flows to the hosts, whether they still run or not. */
export async function closeFlows(world: World, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) await ask(world.network.client, { verb: "close", host });
}

/** Arrivals of one flow at both its ends. */
async function bothEnds(world: World, host: string): Promise<readonly FlowReport[]> {
  const { client, resource } = world.network;
  const ends = await Promise.all(
    [client, resource].map((end) => ask(end, { verb: "report", host })),
  );
  return ends as unknown as readonly FlowReport[];
}

/** Whether every flow of every host brings something new to both its ends within the time given. */
export async function flowsMove(
  world: World,
  hosts: readonly string[],
  withinMs = liveWithinMs,
): Promise<boolean> {
  const before = await arrivals(world, hosts, ["tcp", "udp"]);
  const endMs = monotonicMs() + withinMs;
  for (;;) {
    const after = await arrivals(world, hosts, ["tcp", "udp"]);
    if (after.every((end, i) => end.count > (before[i]?.count ?? 0))) return true;
    if (monotonicMs() > endMs) return false;
    await delay(turnMs);
  }
}

/** Records that arrived so far, at both ends of every flow. */
export async function arrivedSoFar(world: World, hosts: readonly string[]): Promise<number> {
  const ends = await arrivals(world, hosts, ["tcp", "udp"]);
  return ends.reduce((sum, { count }) => sum + count, 0);
}

/** The longest silence on the laptop's side of the UDP flows since they were opened. */
export async function longestGapMs(world: World, hosts: readonly string[]): Promise<number> {
  const reports = await Promise.all(
    hosts.map((host) => ask(world.network.client, { verb: "report", host })),
  );
  return roundMs(
    Math.max(...reports.map((report) => (report as unknown as FlowReport).udp.longestGapMs)),
  );
}

/** Opens the laptop's firewall and waits until no flow brings anything any more. */
export async function cutByFirewall(world: World, hosts: readonly string[]): Promise<Cut> {
  const { controller, gateway, laptop } = world;
  const marks = [laptop.agent, controller.program, gateway.agent].map((program) => program.mark());
  const aliveBefore = await flowsMove(world, hosts);
  const openedAtMs = firewallOff("laptop").returnedAtMs;
  await untilSilent(world, hosts, openedAtMs);
  const lines = { openedAtMs, ...(await cutLines(world, marks)) };
  const phases = phasesOf(lines);
  const cutoffMs = {
    tcp: lastArrival(await arrivals(world, hosts, ["tcp"]), openedAtMs),
    udp: lastArrival(await arrivals(world, hosts, ["udp"]), openedAtMs),
  };
  const sent = (await arrivals(world, hosts, ["udp"])).map((end) => end.youngestSentAtMs ?? 0);
  const youngestSentAtMs = Math.max(...sent) || null;
  const laptopRefusedAtMs = await refusedAt(world, hosts);
  const seen = { openedAtMs, laptopRefusedAtMs, youngestSentAtMs, cutoffMs };
  return {
    openedAtMs,
    tcpMs: cutoffMs.tcp,
    udpMs: cutoffMs.udp,
    aliveBefore,
    phases,
    ends: cutEndsOf(phases, seen, gatewayCutAtMs(lines)),
  };
}

/** When the laptop's kernel had begun to refuse the records of every flow, or null. */
async function refusedAt(world: World, hosts: readonly string[]): Promise<number | null> {
  const reports = await Promise.all(
    hosts.map((host) => ask(world.network.client, { verb: "report", host })),
  );
  const times = reports.map((report) => (report as unknown as FlowReport).refusedAtMs ?? null);
  return times.reduce(
    (latest, at) => (latest === null || at === null ? null : Math.max(latest, at)),
    times[0] ?? null,
  );
}

/** Closes the firewall again; the answer is the time until a page of the resource begins to arrive. */
export async function restoreByFirewall(world: World, host: string): Promise<number> {
  const closedAtMs = firewallOn("laptop").returnedAtMs;
  const deadlineMs = closedAtMs + restoreDeadlineMs;
  for (;;) {
    const page = await ask(world.network.client, {
      verb: "fetch",
      host,
      timeoutMs: patience(500),
    }).catch((cause: unknown) => ({ cause }));
    if ("firstByteAtMs" in page) return roundMs(Number(page["firstByteAtMs"]) - closedAtMs);
    if (monotonicMs() > deadlineMs) {
      throw new LabFailure("restore", `no page ${restoreDeadlineMs} ms after the firewall was on`);
    }
    await delay(turnMs);
  }
}

async function arrivals(
  world: World,
  hosts: readonly string[],
  protocols: readonly Protocol[],
): Promise<readonly Arrivals[]> {
  const ends = (await Promise.all(hosts.map((host) => bothEnds(world, host)))).flat();
  return ends.flatMap((end) => protocols.map((protocol) => end[protocol]));
}

function lastArrival(ends: readonly Arrivals[], openedAtMs: number): number {
  const last = Math.max(...ends.map(({ lastAtMs }) => lastAtMs ?? openedAtMs));
  return roundMs(Math.max(0, last - openedAtMs));
}

async function untilSilent(
  world: World,
  hosts: readonly string[],
  openedAtMs: number,
): Promise<void> {
  while (monotonicMs() < openedAtMs + cutDeadlineMs) {
    const last = lastArrival(await arrivals(world, hosts, ["tcp", "udp"]), openedAtMs);
    if (monotonicMs() - openedAtMs - last > silenceMs) return;
    await delay(turnMs);
  }
  throw new LabFailure("cut", `a flow still ran ${cutDeadlineMs} ms after the firewall was open`);
}

/** The four lines of this cut; the marks keep those of an earlier one out. */
async function cutLines(world: World, marks: readonly number[]) {
  const { controller, gateway, laptop } = world;
  const [agentMark = 0, controllerMark = 0, gatewayMark = 0] = marks;
  const wait = { deadlineMs: cutDeadlineMs };
  const sent = await laptop.agent.waitFor(
    (line) => line["message"] === "posture event sent" && line["signal"] === "firewall.enabled",
    { ...wait, since: agentMark },
  );
  const received = await controller.program.waitFor(
    (line) => line["message"] === "posture event received" && line["seq"] === sent["seq"],
    { ...wait, since: controllerMark },
  );
  const removed = await controller.program.waitFor(
    (line) => line["message"] === "grants removal sent",
    { ...wait, since: controllerMark },
  );
  const applied = await gateway.agent.waitFor(
    (line) => line["message"] === "grants applied" && Number(line["removed"]) > 0,
    { ...wait, since: gatewayMark },
  );
  return { sent, received, removed, applied };
}
