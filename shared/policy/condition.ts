/** The condition tree: three-valued logic over leaves, each of which knows where it was written. */
import type { Place } from "./place.ts";
import type { TimeWindow } from "./time-window.ts";

/** A value that a signal is compared with. */
export type Operand = boolean | number | string;

/** Operators with one operand; which of them a signal allows follows from its type. */
export const singleOperators = ["is", "atLeast", "atMost", "above", "below", "contains"] as const;

/** Operator with one operand. */
export type SingleOperator = (typeof singleOperators)[number];

/** What a signal's value is held against. */
export type SignalTest =
  | { readonly operator: SingleOperator; readonly operand: Operand }
  | { readonly operator: "in"; readonly operands: readonly Operand[] };

/** A leaf over one signal; `orNotApplicable` makes a proven "not applicable" hold. */
export interface SignalCondition {
  readonly kind: "signal";
  readonly signal: string;
  readonly test: SignalTest;
  readonly orNotApplicable: boolean;
  readonly fix?: string | undefined;
  readonly at: Place;
}

/** A leaf over a risk score in whole points, 0..100. */
export interface RiskCondition {
  readonly kind: "risk";
  readonly score: "session" | "identity";
  readonly operator: "atLeast" | "atMost" | "above" | "below";
  readonly operand: number;
  readonly at: Place;
}

/** How long an approval may last at most; a rule may say less. */
export const elevationMaxSeconds = 12 * 3_600;

/** Holds while an elevation to the role is live that had enough approvals and is not older than allowed. */
export interface ElevationCondition {
  readonly kind: "elevation";
  readonly role: string;
  readonly approvedBy: number;
  readonly maxSeconds?: number | undefined;
  readonly at: Place;
}

/** Holds when user or device is in one of the groups. */
export interface GroupsCondition {
  readonly kind: "groups";
  readonly groups: readonly string[];
  readonly at: Place;
}

/** Holds while a weekly window of local time is open. */
export interface TimeCondition {
  readonly kind: "time";
  readonly window: TimeWindow;
  readonly at: Place;
}

/** Holds where the device's public address lies in one of the countries (ISO 3166-1, upper case). */
export interface CountryCondition {
  readonly kind: "country";
  readonly countries: readonly string[];
  readonly at: Place;
}

/** Holds where the device's public address lies in one of the prefixes. */
export interface NetworkCondition {
  readonly kind: "network";
  readonly within: readonly string[];
  readonly at: Place;
}

/** Holds before an instant, and only in the last days before it: the life of an exception. */
export interface UntilCondition {
  readonly kind: "until";
  readonly untilAt: number;
  readonly at: Place;
}

/** A leaf of a condition tree. */
export type LeafCondition =
  | SignalCondition
  | RiskCondition
  | ElevationCondition
  | GroupsCondition
  | TimeCondition
  | CountryCondition
  | NetworkCondition
  | UntilCondition;

/** A condition; unknown stays unknown under `not`. */
export type Condition =
  | { readonly kind: "all" | "any"; readonly of: readonly Condition[]; readonly at: Place }
  | { readonly kind: "not"; readonly of: Condition; readonly at: Place }
  | { readonly kind: "level"; readonly level: string; readonly at: Place }
  | LeafCondition;
