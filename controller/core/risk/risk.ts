/** Risk in the controller's state: what was seen of a device, and the scores that policy acts on. */
import type { DeviceRisk } from "./device-risk.ts";
import {
  nextFallAt,
  type RiskContribution,
  type RiskSighting,
  type RiskWeights,
  scoresBy,
  type ScoredRisk,
  topContributions,
} from "#shared/policy/risk.ts";
import { dayMs, minuteMs } from "#shared/base/time-span.ts";
import type { RiskKind } from "#shared/policy/risk-kind.ts";
import type { Decision } from "#shared/policy/decision.ts";
import type { Step } from "../context.ts";
import type { DeviceState } from "../state.ts";
import { emptyBaseline } from "./baseline.ts";

/** Many of one kind must not wash off another: each has its own room. */
const sightingsOfKindMax = 8;
/** With the longest half-life that a document may ask for, nothing is left after that. */
export const sightingsKeptMs = 60 * dayMs;
/** One fault seen many times within this is one doubt. */
const sameWithinMs = 10 * minuteMs;
/** So many refused proofs within that time are a burst. */
const refusalsMin = 5;

/** Returns the risk of a device of which nothing is known. */
export function openRisk(): DeviceRisk {
  return { sightings: [], baseline: emptyBaseline, refusedAt: [] };
}

/** Notes a sighting and tells whether it is news; the same within ten minutes is one. */
export function noteRisk(
  step: Step,
  device: DeviceState,
  seen: Omit<RiskSighting, "at"> & { readonly kind: RiskKind },
): boolean {
  const { now, effects } = step;
  const { risk } = device;
  const same = ({ kind, at }: RiskSighting) => kind === seen.kind && now - at < sameWithinMs;
  if (risk.sightings.some(same)) return false;
  const sighting = { ...seen, at: now };
  const kept = risk.sightings.filter(({ at }) => now - at < sightingsKeptMs);
  risk.sightings = withSighting(kept, sighting);
  const write = { kind: "riskSighting", device: device.record.id, sighting } as const;
  effects.push({ kind: "write", token: null, writes: [write] });
  return true;
}

/** Returns sightings with a newer one; of a kind that has no room the oldest goes. */
export function withSighting(
  kept: readonly RiskSighting[],
  newest: RiskSighting,
): readonly RiskSighting[] {
  const alike = kept.filter(({ kind }) => kind === newest.kind);
  const [oldest] = alike;
  const room = alike.length < sightingsOfKindMax;
  return [...kept.filter((one) => room || one !== oldest), newest];
}

/** Returns the scores; a session knows what was seen since its link opened, the identity all. */
export function riskOf(
  { risk, link }: Pick<DeviceState, "risk" | "link">,
  weights: RiskWeights,
  now: number,
): ScoredRisk {
  const seen = risk.sightings;
  if (seen.length === 0) return { session: 0, identity: 0 };
  const sessionSinceAt = link?.openedAt ?? 0;
  const scores = scoresBy(weights, { session: 0, identity: 0, seen, sessionSinceAt }, now);
  return { ...scores, weighedBy: weights.key, seen, sessionSinceAt };
}

/** Returns what the scores of a device are made of. */
export function contributionsOf(
  device: Pick<DeviceState, "risk">,
  weights: RiskWeights,
  now: number,
): readonly RiskContribution[] {
  return topContributions(device.risk.sightings, now, weights);
}

/** Returns when the scores fall next, or Infinity where nothing fades. */
export function riskLookAt(
  { risk, link }: Pick<DeviceState, "risk" | "link">,
  weights: RiskWeights,
  now: number,
): number {
  const seen = risk.sightings;
  if (seen.length === 0) return Infinity;
  const ofSession = seen.filter(({ at }) => at >= (link?.openedAt ?? 0));
  return Math.min(nextFallAt(seen, now, weights), nextFallAt(ofSession, now, weights));
}

/** Notes what the decisions of one look tell: something open was lost to a reading that is bad. */
export function noteLosses(step: Step, device: DeviceState, losses: readonly Decision[]): boolean {
  let news = false;
  for (const { unmet } of losses) {
    const bad = unmet.filter(({ reason }) => reason.code === "level_not_met");
    if (bad.length === 0) continue;
    const edr = bad.find(({ signal }) => signal?.startsWith("edr.") === true);
    const kind = edr === undefined ? "posture.regression" : "edr.alert";
    news = noteRisk(step, device, { kind, detail: (edr ?? bad[0])?.signal }) || news;
  }
  return news;
}

/** Notes that a proof of the device's own key was refused; tells whether that makes a burst. */
export function noteRefusal(step: Step, device: DeviceState): boolean {
  const { risk } = device;
  const lately = risk.refusedAt.filter((at) => step.now - at < sameWithinMs);
  risk.refusedAt = [...lately, step.now].slice(-refusalsMin);
  if (risk.refusedAt.length < refusalsMin) return false;
  const detail = `${refusalsMin} refused proofs of its key`;
  return noteRisk(step, device, { kind: "auth.failures", detail });
}
