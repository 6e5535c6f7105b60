/**
 * The risk of a device or of a person as one number from 0 to 100 that explains itself: what was
 * seen adds up as independent doubts do and fades by half-lives. Order never matters.
 */
import { type RiskKind, riskKinds } from "./risk-kind.ts";
import type { RiskWeightDefinition } from "./document.ts";
import { hourMs } from "../base/time-span.ts";

/** How much a fresh sighting adds by itself, in points, and when half of it is left. */
export interface RiskWeight {
  readonly points: number;
  readonly halfLifeMs: number;
}

/** The weights of a set; sets with the same `key` weigh alike. */
export interface RiskWeights {
  readonly key: string;
  readonly of: Readonly<Record<RiskKind, RiskWeight>>;
}

const starting: RiskWeights["of"] = {
  "auth.failures": { points: 35, halfLifeMs: 2 * hourMs },
  "auth.mfa_fatigue": { points: 50, halfLifeMs: 12 * hourMs },
  "edr.alert": { points: 50, halfLifeMs: 24 * hourMs },
  "hour.unusual": { points: 15, halfLifeMs: 4 * hourMs },
  "place.new_country": { points: 25, halfLifeMs: 24 * hourMs },
  "place.new_network": { points: 10, halfLifeMs: 24 * hourMs },
  "posture.regression": { points: 20, halfLifeMs: 8 * hourMs },
  "report.bad_signature": { points: 35, halfLifeMs: 2 * hourMs },
  "travel.impossible": { points: 55, halfLifeMs: 12 * hourMs },
};

/** The weights of a set that says nothing of them: first guesses. */
export const startingWeights: RiskWeights = { key: "", of: starting };

/** Returns the weights that documents ask for; kinds that they do not name keep theirs. */
export function weightsOf(definitions: readonly RiskWeightDefinition[]): RiskWeights {
  if (definitions.length === 0) return startingWeights;
  const of = { ...starting };
  for (const { sighting, points, halfLifeSeconds } of definitions) {
    const halfLifeMs =
      halfLifeSeconds === undefined ? starting[sighting].halfLifeMs : halfLifeSeconds * 1_000;
    of[sighting] = { points, halfLifeMs };
  }
  const key = riskKinds.map((kind) => `${of[kind].points}/${of[kind].halfLifeMs}`).join();
  return { key, of };
}

/** One thing that was seen; `confidence` (0 to 1, absent = 1) is low while little is known. */
export interface RiskSighting {
  readonly kind: RiskKind;
  readonly at: number;
  readonly confidence?: number | undefined;
  /** For administrators. */
  readonly detail?: string | undefined;
}

/** How much one sighting adds by itself now, in points. */
export interface RiskContribution extends RiskSighting {
  readonly points: number;
}

/** Both scores in whole points. */
export interface RiskScores {
  readonly session: number;
  readonly identity: number;
}

/** Scores with what they were made from; another set may weigh it otherwise. */
export interface ScoredRisk extends RiskScores {
  /** Key of the weights that made the scores. */
  readonly weighedBy?: string | undefined;
  readonly seen?: readonly RiskSighting[] | undefined;
  /** The session knows what was seen from then on. */
  readonly sessionSinceAt?: number | undefined;
}

/** Points by which a score must fall before it is shown lower: a threshold must not flap. */
const hysteresisPoints = 10;

const farAheadMs = 60 * 24 * hourMs;

/** Returns the score in whole points: 100 * (1 - product of (1 - weight * 2^(-age / half-life))). */
export function riskScore(
  sightings: readonly RiskSighting[],
  nowAt: number,
  weights: RiskWeights,
): number {
  let trust = 1;
  for (const sighting of sightings) trust *= 1 - doubt(sighting, nowAt, weights);
  return Math.round(100 * (1 - trust));
}

/**
 * Returns the score to act on: it rises at once and falls only by ten points and more. A function of
 * what was seen alone, so that a restart, a replay and another set's look agree about it.
 */
export function steadyScore(
  sightings: readonly RiskSighting[],
  nowAt: number,
  weights: RiskWeights,
): number {
  return fallen(highest(sightings, nowAt, weights), riskScore(sightings, nowAt, weights));
}

/** Returns when the score to act on falls next, or Infinity where nothing fades. */
export function nextFallAt(
  sightings: readonly RiskSighting[],
  nowAt: number,
  weights: RiskWeights,
): number {
  const high = highest(sightings, nowAt, weights);
  const scoreAt = (at: number): number => fallen(high, riskScore(sightings, at, weights));
  const score = scoreAt(nowAt);
  let [early, late] = [nowAt, nowAt + farAheadMs];
  if (score === 0 || scoreAt(late) === score) return Infinity;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (scoreAt(middle) < score) late = middle;
    else early = middle;
  }
  return late;
}

/** Returns the scores as a set weighs them. */
export function scoresBy(weights: RiskWeights, risk: ScoredRisk, nowAt: number): RiskScores {
  const { seen, weighedBy, sessionSinceAt = 0 } = risk;
  if (seen === undefined || weighedBy === weights.key) return risk;
  const ofSession = seen.filter(({ at }) => at >= sessionSinceAt);
  return {
    session: steadyScore(ofSession, nowAt, weights),
    identity: steadyScore(seen, nowAt, weights),
  };
}

/** Returns what a score is made of, the most first. */
export function topContributions(
  sightings: readonly RiskSighting[],
  nowAt: number,
  weights: RiskWeights,
): readonly RiskContribution[] {
  return sightings
    .map((seen) => ({ ...seen, points: Math.round(100 * doubt(seen, nowAt, weights)) }))
    .filter(({ points }) => points > 0)
    .sort((left, right) => right.points - left.points || right.at - left.at)
    .slice(0, 5);
}

/** The score to act on at the newest sighting: from there on it can only fall. */
function highest(sightings: readonly RiskSighting[], nowAt: number, weights: RiskWeights): number {
  // A clock that was set back makes nothing unseen.
  const past = sightings
    .map((seen) => (seen.at > nowAt ? { ...seen, at: nowAt } : seen))
    .sort((one, other) => one.at - other.at);
  let shown = 0;
  past.forEach(({ at }, index) => {
    shown = fallen(shown, riskScore(past.slice(0, index), at, weights));
    shown = Math.max(shown, riskScore(past.slice(0, index + 1), at, weights));
  });
  return shown;
}

function fallen(shown: number, score: number): number {
  if (score === 0 || score >= shown) return score;
  return shown - hysteresisPoints * Math.floor((shown - score) / hysteresisPoints);
}

function doubt({ kind, at, confidence = 1 }: RiskSighting, nowAt: number, weights: RiskWeights) {
  const { points, halfLifeMs } = weights.of[kind];
  return (points / 100) * confidence * 2 ** (-Math.max(0, nowAt - at) / halfLifeMs);
}
