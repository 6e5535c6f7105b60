/** What still flows while no controller is reached: until when, by what it said and gateways are signed. */
import type { Moment } from "../moment.ts";
import type { Verdict } from "./verdict.ts";

type VerdictResource = Verdict["resources"][number];

/** The controller names a silent device's grants this long in its lists of leases. */
const silenceMs = 45_000;
const leaseSecondsDefault = 120;
/** A controller that does not say how long a gateway goes on without it may have signed this. */
const toleranceSecondsMost = 3_600;

/** Which resources of a lost link are over, and when the next one is. */
export interface RunningOut {
  readonly ended: readonly string[];
  readonly nextEndMs: number | null;
}

/** Returns the shortest lease of what is open: after it nothing is sure to flow any more, in ms. */
export function shortestLeaseMs(verdict: Verdict | null): number {
  const leases = openOf(verdict).map(leaseSecondsOf);
  return Math.min(...(leases.length === 0 ? [leaseSecondsDefault] : leases)) * 1_000;
}

/**
 * Returns when no gateway lets a resource's packets through any more at the latest. One that hears
 * the controller stops a lease after the last list that named us; one that does not goes on for its
 * tolerance; neither goes on beyond the grant.
 */
export function runsOnUntilMs(resource: VerdictResource, linkLostMs: number, now: Moment): number {
  const toleranceSeconds = resource.toleranceSeconds ?? toleranceSecondsMost;
  const forMs = Math.max(silenceMs + leaseSecondsOf(resource) * 1_000, toleranceSeconds * 1_000);
  const { validUntilAt } = resource;
  if (validUntilAt === undefined) return linkLostMs + forMs;
  return Math.min(linkLostMs + forMs, now.monotonicMs + (validUntilAt - now.wallAt));
}

/** Returns what of a verdict has run out since the link was lost. */
export function runningOut(verdict: Verdict | null, linkLostMs: number, now: Moment): RunningOut {
  const ended: string[] = [];
  let nextEndMs: number | null = null;
  for (const resource of openOf(verdict)) {
    const endMs = runsOnUntilMs(resource, linkLostMs, now);
    if (endMs <= now.monotonicMs) ended.push(resource.resource);
    else nextEndMs = Math.min(nextEndMs ?? endMs, endMs);
  }
  return { ended, nextEndMs };
}

function openOf(verdict: Verdict | null): readonly VerdictResource[] {
  return (verdict?.resources ?? []).filter(({ state }) => state === "open");
}

function leaseSecondsOf(resource: VerdictResource): number {
  return resource.leaseSeconds ?? leaseSecondsDefault;
}
