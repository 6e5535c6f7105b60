/** What the posture machine remembers, and what it asks for. */
import type { OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import type { Fact, UnknownReason } from "#shared/posture/fact.ts";
import type { CollectRequest } from "./collection.ts";
import type { GroupRun } from "./group-run.ts";

/** What to do. */
export type PostureEffect =
  /** Run a collector and feed its answer back as `collected`. */
  | { readonly kind: "collect"; readonly request: CollectRequest }
  /** Readings that differ from the last told ones, most urgent first: one event each. */
  | { readonly kind: "publish"; readonly facts: readonly Fact[] };

/** The fact that holds for a signal. */
export interface Known {
  readonly fact: Fact;
  /** Monotonic ms of the last look that confirmed the reading. */
  readonly checkedAt: number;
}

/** State of the machine. */
export interface PostureState {
  readonly os: OperatingSystem;
  readonly groups: readonly GroupRun[];
  readonly known: ReadonlyMap<string, Known>;
  readonly failures: ReadonlyMap<string, UnknownReason>;
  readonly nextRun: number;
}
