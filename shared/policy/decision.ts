/** Decisions and their explanations: what is logged, shown to people and turned into grants. */

/** Closed codes of reasons; texts are made where they are shown. */
export const reasonCodes = [
  "no_rule",
  "level_not_met",
  "fact_unknown",
  "fact_stale",
  "group_missing",
  "outside_hours",
  "step_up_needed",
  "sign_in_needed",
  "quarantined",
  "revoked",
  "risk",
  "denied_by_rule",
  "approval_needed",
  "evaluation_error",
  "grant_full",
] as const;

/** A closed code of a reason. */
export type ReasonCode = (typeof reasonCodes)[number];

/** A reason with the values its text is made of. */
export interface Reason {
  readonly code: ReasonCode;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

/** Effects in their order of strength: deny > stepUp > allow. */
export type Effect = "allow" | "stepUp" | "deny";

/** A condition that did not hold: what was wanted, what there was. */
export interface Unmet {
  readonly policy: string;
  readonly level?: string | undefined;
  readonly signal?: string | undefined;
  readonly reason: Reason;
}

/** What a decision asks for besides its effect; obligations of all matching allows add up. */
export interface Obligations {
  readonly stepUp?: { readonly strength: string; readonly maxAgeSeconds: number } | undefined;
  readonly record: boolean;
}

/** One decision about one resource; `validUntilAt` is the earliest edge of the whole evaluated tree. */
export interface Decision {
  readonly id: string;
  readonly reference: string;
  readonly at: number;
  readonly device: string;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly resource: string;
  readonly effect: Effect;
  readonly determinedBy: readonly string[];
  readonly obligations: Obligations;
  readonly leaseSeconds: number;
  readonly validUntilAt: number;
  readonly unmet: readonly Unmet[];
  readonly policyVersion: string;
  readonly inputHash: string;
  readonly shadow?:
    { readonly effect: Effect; readonly determinedBy: readonly string[] } | undefined;
  readonly errors: readonly { readonly policy: string; readonly code: string }[];
}

/** What a person does to change a "no": texts come from the catalogue or the level. */
export interface Fix {
  readonly signal: string;
  readonly text: string;
  readonly command?: string | undefined;
  readonly who: "user" | "it";
}

/** Verdict of a level over a device's facts. */
export interface LevelVerdict {
  readonly id: string;
  readonly verdict: "met" | "grace" | "notMet" | "unknown";
  readonly until?: number | undefined;
}

/** The user-facing explanation: never a deny rule's thresholds, a risk input or a country list. */
export interface Explanation {
  readonly reference: string;
  readonly effect: Effect;
  readonly resource: string;
  readonly candidate?: string | undefined;
  readonly reasons: readonly Reason[];
  readonly fixes: readonly Fix[];
  readonly changesAtAt?: number | undefined;
  readonly level?: LevelVerdict | undefined;
}
