/** What raises a risk. Hard proof (a stolen key, a clone) is a deny and no points. */
export const riskKinds = [
  "auth.failures",
  "auth.mfa_fatigue",
  "edr.alert",
  "hour.unusual",
  "place.new_country",
  "place.new_network",
  "posture.regression",
  "report.bad_signature",
  "travel.impossible",
] as const;

/** A kind of sighting. */
export type RiskKind = (typeof riskKinds)[number];

/** Kinds of sighting that somebody else sees for us. */
export const reportedKinds = [
  "auth.failures",
  "auth.mfa_fatigue",
  "edr.alert",
] as const satisfies readonly RiskKind[];

/** A kind of sighting that is reported. */
export type ReportedKind = (typeof reportedKinds)[number];

/** Tells whether a word is a kind of sighting. */
export function isRiskKind(word: string): word is RiskKind {
  return riskKinds.some((kind) => kind === word);
}
