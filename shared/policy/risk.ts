/**
 * The risk of a device or of a person as one number from 0 to 100 that explains itself: what was
 * seen adds up as independent doubts do and fades by half-lives. Order never matters.
 */

const hourMs = 3_600_000;

/** What raises a risk. Hard proof (a stolen key, a clone) is a deny and no points. */
export const riskWeights = {
  /** Something that was open was lost to a reading that turned bad. */
  "posture.regression": { weight: 0.2, halfLifeMs: 8 * hourMs },
  /** A running EDR said that it is no longer well, or stopped. */
  "edr.alert": { weight: 0.5, halfLifeMs: 24 * hourMs },
  /** Reports whose signature did not verify: somebody tries, or something is broken. */
  "report.bad_signature": { weight: 0.35, halfLifeMs: 2 * hourMs },
} as const;

/** A kind of sighting. */
export type RiskKind = keyof typeof riskWeights;

/** Tells whether a word is a kind of sighting. */
export function isRiskKind(word: string): word is RiskKind {
  return Object.hasOwn(riskWeights, word);
}

/** One thing that was seen. */
export interface RiskSighting {
  readonly kind: RiskKind;
  readonly at: number;
}

/** How much one sighting adds by itself now, in points. */
export interface RiskContribution extends RiskSighting {
  readonly points: number;
}

/** Points by which a score must fall before it is shown lower: a threshold must not flap. */
const hysteresisPoints = 10;

/** Below this a sighting says nothing any more. */
const fadedPoints = 0.5;

/** Returns the score in whole points: 100 * (1 - product of (1 - weight * 2^(-age / half-life))). */
export function riskScore(sightings: readonly RiskSighting[], nowAt: number): number {
  let trust = 1;
  for (const sighting of sightings) trust *= 1 - doubt(sighting, nowAt);
  return Math.round(100 * (1 - trust));
}

/** Returns the score to act on: it rises at once and falls only by ten points and more. */
export function steadyScore(former: number, score: number): number {
  return score >= former || score <= former - hysteresisPoints || score === 0 ? score : former;
}

/** Returns what a score is made of, the most first. */
export function topContributions(
  sightings: readonly RiskSighting[],
  nowAt: number,
): readonly RiskContribution[] {
  return sightings
    .map((sighting) => ({ ...sighting, points: Math.round(100 * doubt(sighting, nowAt)) }))
    .sort((left, right) => right.points - left.points || right.at - left.at)
    .slice(0, 5);
}

/** Tells whether a sighting still counts. */
export function stillCounts(sighting: RiskSighting, nowAt: number): boolean {
  return 100 * doubt(sighting, nowAt) >= fadedPoints;
}

function doubt({ kind, at }: RiskSighting, nowAt: number): number {
  const { weight, halfLifeMs } = riskWeights[kind];
  return weight * 2 ** (-Math.max(0, nowAt - at) / halfLifeMs);
}
