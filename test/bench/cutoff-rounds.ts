// Rounds of the cut-off on one laptop: flows run, the firewall opens, the flows end, all returns.
import {
  closeFlows,
  cutByFirewall,
  openFlows,
  restoreByFirewall,
  type Cut,
} from "../lab/cutoff.ts";
import { LabFailure } from "../lab/command.ts";
import { address } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { quantilesOf } from "./quantiles.ts";

/** How many cuts are measured, after how many that are not. */
export interface Rounds {
  readonly rounds: number;
  /** Cuts at the beginning that are done but not counted. */
  readonly warmup: number;
  /** Called after each counted cut. */
  readonly note: (done: number, cut: Cut) => void;
}

const hosts = [address.resource4];

/** Every counted cut, in order. A flow that did not run before its cut is a failure, not a fast cut. */
export async function measureCuts(world: World, plan: Rounds): Promise<readonly Cut[]> {
  const cuts: Cut[] = [];
  for (let round = -plan.warmup; round < plan.rounds; round += 1) {
    await openFlows(world, hosts);
    const cut = await cutByFirewall(world, hosts);
    if (!cut.aliveBefore) throw new LabFailure("bench", `round ${round}: the flows did not run`);
    await closeFlows(world, hosts);
    await restoreByFirewall(world, address.resource4);
    if (round < 0) continue;
    cuts.push(cut);
    plan.note(cuts.length, cut);
  }
  return cuts;
}

/** Figures of each phase and of both totals; a total is last arrival minus opened firewall. */
export function figuresOf(cuts: readonly Cut[]) {
  const of = (read: (cut: Cut) => number) => quantilesOf(cuts.map(read));
  return {
    tcp: of((cut) => cut.tcpMs),
    udp: of((cut) => cut.udpMs),
    detect: of((cut) => cut.phases.detect),
    uplink: of((cut) => cut.phases.uplink),
    decide: of((cut) => cut.phases.decide),
    push: of((cut) => cut.phases.push),
    apply: of((cut) => cut.phases.apply),
    restTcp: of((cut) => cut.ends.restMs.tcp),
    restUdp: of((cut) => cut.ends.restMs.udp),
    gateway: of((cut) => cut.ends.gatewayMs),
    laptop: quantilesOf(cuts.flatMap(({ ends }) => ends.laptopMs ?? [])),
    lastPassed: quantilesOf(cuts.flatMap(({ ends }) => ends.lastPassedMs ?? [])),
    /** Cuts after which a datagram passed that was sent after the gateway's kernel had the removal. */
    passedAfterCut: cuts.filter(({ ends }) => (ends.lastPassedMs ?? 0) > ends.gatewayMs).length,
    firstToCut: {
      gateway: cuts.filter(({ ends }) => ends.first === "gateway").length,
      laptop: cuts.filter(({ ends }) => ends.first === "laptop").length,
    },
  };
}
