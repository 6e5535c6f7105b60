import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Decision, Explanation } from "#shared/policy/decision.ts";
import type { RiskContribution } from "#shared/policy/risk.ts";
import type { ReportedKind } from "#shared/policy/risk-kind.ts";
import type { RecordChange } from "../core/record.ts";
import type { StoredState } from "../core/row.ts";

/** Whether an identity is here now. */
export interface Presence {
  readonly connected: boolean;
  readonly since?: number | undefined;
  readonly lastBeatAt?: number | undefined;
  /** Of a device: the scores that policy acts on, and what they are made of. */
  readonly risk?: RiskView | undefined;
  /** Why the config that was sent last is not in force as a whole; empty where it is. */
  readonly configErrors: readonly ErrorRef[];
}

/** The risk of a device as administrators see it. */
export interface RiskView {
  readonly session: number;
  readonly identity: number;
  readonly contributions: readonly RiskContribution[];
}

/** What the running loop offers to the admin API; all synchronous, from memory. */
export interface ControlPlane {
  /**
   * Takes records that changed together. Narrowing (quarantine, revoke, a resource or policy that takes away): call before
   * or beside the store's commit. Widening: only after it is durable. A policy that does not compile is not taken (alarm SP-601).
   */
  changed(changes: readonly RecordChange[]): void;
  presence(identity: string): Presence;
  /** Decisions of a device as they stand, with explanations; null for an unknown device. */
  explain(
    device: string,
    resource?: string,
  ): readonly { readonly decision: Decision; readonly explanation: Explanation }[] | null;
  /** Facts of a device as held now. */
  facts(device: string): StoredState["facts"];
  /** Takes what others saw of devices; what a rule closes by it closes at once. */
  reportRisk(report: {
    readonly devices: readonly string[];
    readonly sighting: ReportedKind;
    readonly detail: string;
  }): void;
  /** Sends `recheck` to a device; false when it is not connected. */
  recheck(device: string, signals?: readonly string[]): boolean;
}
