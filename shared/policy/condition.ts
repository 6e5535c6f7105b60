/** The condition tree: three-valued logic over leaves, each of which knows where it was written. */
import type { Place } from "./document.ts";

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

/** Holds while an approved elevation to the role is live. */
export interface ElevationCondition {
  readonly kind: "elevation";
  readonly role: string;
  readonly at: Place;
}

/** Holds when user or device is in one of the groups. */
export interface GroupsCondition {
  readonly kind: "groups";
  readonly groups: readonly string[];
  readonly at: Place;
}

/** A leaf of a condition tree. */
export type LeafCondition = SignalCondition | RiskCondition | ElevationCondition | GroupsCondition;

/** A condition; unknown stays unknown under `not`. */
export type Condition =
  | { readonly kind: "all" | "any"; readonly of: readonly Condition[]; readonly at: Place }
  | { readonly kind: "not"; readonly of: Condition; readonly at: Place }
  | { readonly kind: "level"; readonly level: string; readonly at: Place }
  | LeafCondition;
