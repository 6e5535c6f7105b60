/** Risk in the controller's state: what was seen of a device, and the scores that policy acts on. */
import {
  type RiskContribution,
  type RiskKind,
  riskScore,
  type RiskSighting,
  steadyScore,
  stillCounts,
  topContributions,
} from "#shared/policy/risk.ts";
import type { Decision } from "#shared/policy/decision.ts";
import type { Step } from "../context.ts";
import type { DeviceState } from "../state.ts";

const sightingsMax = 64;
/** One fault seen many times within this is one doubt. */
const sameWithinMs = 10 * 60_000;
/** Scores fade slowly: a look this often is soon enough. */
const lookAgainMs = 5 * 60_000;

/** What is held of a device's risk; `shown` are the scores that stand until they move enough. */
export interface DeviceRisk {
  sightings: readonly RiskSighting[];
  readonly shown: { session: number; identity: number };
}

/** Returns the risk of a device from what the store held. */
export function openRisk(sightings: readonly RiskSighting[]): DeviceRisk {
  return { sightings, shown: { session: 0, identity: 0 } };
}

/** Notes a sighting and tells whether it is news; the same within ten minutes is one. */
export function noteRisk(step: Step, device: DeviceState, kind: RiskKind): boolean {
  const { now, effects } = step;
  const { risk } = device;
  const known = risk.sightings.some((one) => one.kind === kind && now - one.at < sameWithinMs);
  if (known) return false;
  const sighting = { kind, at: now };
  const kept = risk.sightings.filter((one) => stillCounts(one, now));
  risk.sightings = [...kept.slice(1 - sightingsMax), sighting];
  effects.push({
    kind: "write",
    token: null,
    writes: [{ kind: "riskSighting", device: device.record.id, sighting }],
  });
  return true;
}

/** A session knows what was seen since its link opened; the identity remembers all that counts. */
export function riskOf(
  { risk, link }: Pick<DeviceState, "risk" | "link">,
  now: number,
): { readonly session: number; readonly identity: number } {
  const { shown, sightings } = risk;
  const since = link?.openedAt ?? 0;
  const ofSession = sightings.filter(({ at }) => at >= since);
  shown.session = steadyScore(shown.session, riskScore(ofSession, now));
  shown.identity = steadyScore(shown.identity, riskScore(sightings, now));
  return { ...shown };
}

/** Returns what the scores of a device are made of. */
export function contributionsOf(
  device: Pick<DeviceState, "risk">,
  now: number,
): readonly RiskContribution[] {
  return topContributions(device.risk.sightings, now);
}

/** Returns when the scores must be looked at again, or Infinity where nothing fades. */
export function riskLookAt({ risk }: DeviceState, now: number): number {
  return risk.shown.session + risk.shown.identity > 0 ? now + lookAgainMs : Infinity;
}

/** Notes what the decisions of one look tell: something open was lost to a reading that is bad. */
export function noteLosses(step: Step, device: DeviceState, losses: readonly Decision[]): boolean {
  let news = false;
  for (const { unmet } of losses) {
    const bad = unmet.filter(({ reason }) => reason.code === "level_not_met");
    if (bad.length === 0) continue;
    const edr = bad.some(({ signal }) => signal?.startsWith("edr.") === true);
    news = noteRisk(step, device, edr ? "edr.alert" : "posture.regression") || news;
  }
  return news;
}
