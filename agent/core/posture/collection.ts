/** What the posture machine asks of collectors and what they answer. */
import type { CollectorName } from "#shared/posture/catalogue-entry.ts";
import type { Fact, UnknownReason } from "#shared/posture/fact.ts";

/** Asks for one run of one collector. */
export interface CollectRequest {
  readonly run: number;
  readonly collector: CollectorName;
  readonly signals: readonly string[];
  /** The collector answers within this time, if need be with `failed: "timeout"`. */
  readonly deadlineMs: number;
}

/** Answers one request. Facts may name further signals that the run happened to learn. */
export interface CollectAnswer {
  readonly run: number;
  readonly collector: CollectorName;
  readonly facts: readonly Fact[];
  /** Why signals of the request are missing among the facts; null when none is. */
  readonly failed: UnknownReason | null;
  /** The facts hold, but were found in a quicker way than usual: looked at again as after a failed look. */
  readonly again?: boolean;
}
