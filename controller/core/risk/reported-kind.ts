import type { RiskKind } from "#shared/policy/risk-kind.ts";

/** Kinds of sighting that somebody else sees for us. */
export const reportedKinds = [
  "auth.failures",
  "auth.mfa_fatigue",
  "edr.alert",
] as const satisfies readonly RiskKind[];

/** A kind of sighting that is reported. */
export type ReportedKind = (typeof reportedKinds)[number];
