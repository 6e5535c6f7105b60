// The rounds of the data-plane bench. Loads of all paths alternate in short turns, so that whatever
// else the machine does meets them alike; a ratio is taken inside each round.
import type { NetdTunnel } from "./netd-tunnel.ts";
import { quantilesOf, type Quantiles } from "./quantiles.ts";
import type { TunnelPath } from "./tunnel-path.ts";

/** One stream of full packets, or many small datagrams. */
export type Kind = "bulk" | "small";

/** One round: the rate of each path by its name, Mbit/s or packets a second. */
export interface Round {
  readonly bulk: Readonly<Record<string, number>>;
  readonly small: Readonly<Record<string, number>>;
}

const warmupSeconds = 0.3;

/** The order in a round: over as many rounds as paths each one follows every other equally often. */
export function turns<Path>(paths: readonly Path[], round: number): readonly Path[] {
  const count = paths.length;
  // 0, 1, last, 2, last but one, ...: a balanced Latin square when their number is even.
  return paths.map((_, turn) => {
    const place = turn % 2 === 1 ? (turn + 1) / 2 : count - turn / 2;
    return paths[(place + round) % count]!;
  });
}

/** Runs every load on every path in each round. */
export async function interleave(
  paths: readonly TunnelPath[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  note: (text: string) => void,
): Promise<readonly Round[]> {
  for (const path of paths) {
    await path.bulk(warmupSeconds);
    await path.small(warmupSeconds);
  }
  const done: Round[] = [];
  for (let index = 0; index < rounds; index += 1) {
    const order = turns(paths, index);
    const bulk: Record<string, number> = {};
    const small: Record<string, number> = {};
    for (const path of order) bulk[path.name] = await path.bulk(seconds);
    for (const path of order) small[path.name] = await path.small(seconds);
    done.push({ bulk, small });
    note(`round ${index + 1}/${rounds}`);
  }
  return done;
}

/** Median rate of one path, whole numbers. */
export function medianOf(rounds: readonly Round[], name: string, kind: Kind): number {
  return Math.round(quantilesOf(rounds.map((round) => round[kind][name] ?? 0)).p50 ?? 0);
}

/** What one path loses against another, in percent, one place. */
export interface Loss {
  /** Median of the rounds. */
  readonly percent: number | null;
  /** The median of as many rounds as one likes lies here, 95 times in 100; null below six rounds. */
  readonly interval: readonly [number, number] | null;
}

const leastForInterval = 6;

/** The first path is the one that loses nothing; each round is a pair of its own. */
export function lossOf(
  rounds: readonly Round[],
  kind: Kind,
  [from, to]: readonly [string, string],
): Loss {
  const losses = rounds
    .map(({ [kind]: rates }) => 100 * (1 - (rates[to] ?? 0) / (rates[from] ?? 0)))
    .sort((a, b) => a - b);
  const { p50 } = quantilesOf(losses);
  // By ranks alone, so that no shape of the noise is assumed.
  const rank = Math.floor(losses.length / 2 - 0.98 * Math.sqrt(losses.length));
  const [low, high] = [losses[rank], losses[losses.length - 1 - rank]];
  const enough = losses.length >= leastForInterval && low !== undefined && high !== undefined;
  return {
    percent: p50 === null ? null : onePlace(p50),
    interval: enough ? [onePlace(low), onePlace(high)] : null,
  };
}

function onePlace(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Removals one after another, of devices 2 and up. */
export async function revokeMany(tunnel: NetdTunnel, count: number): Promise<Quantiles> {
  const times: number[] = [];
  for (let number = 2; number < count + 2; number += 1) times.push(await tunnel.revoke(number));
  return quantilesOf(times);
}

/** Removals that are sent while a config with other resources is on its way in. */
export async function revokeWhileConfigured(
  tunnel: NetdTunnel,
  plan: { readonly from: number; readonly rounds: number; readonly resources: number },
): Promise<Quantiles> {
  const times: number[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const configured = tunnel.configure(plan.resources + 1 + (round % 2));
    const [took] = await Promise.all([tunnel.revoke(plan.from + round), configured]);
    times.push(took);
  }
  return quantilesOf(times);
}
