/**
 * What is learned from evaluations after their answers are out: which policies were used, and what
 * shadows would have answered. Each evaluation leaves its frozen input; a later tick looks at it.
 */
import type { Compare } from "#shared/policy/analysis/compare-sets.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import type { PolicyDefinition } from "#shared/policy/document.ts";
import type { Input } from "#shared/policy/input.ts";
import type { PolicyInForce } from "../access/policy-in-force.ts";
import type { DifferenceRow, PolicyUse, WatchRows } from "../row.ts";

/** A watch over one shadow. */
export interface Trial {
  readonly startedAt: number;
  decisions: number;
  readonly differences: Map<string, DifferenceRow>;
}

/** A set that is only compared. */
export interface ShadowSet {
  readonly policy: PolicyInForce;
  readonly startedAt: number;
}

/** All that is watched; `unkept` names what the disk does not know yet. */
export interface WatchState {
  readonly inputs: Map<string, Input>;
  readonly uses: Map<string, PolicyUse>;
  /** The set whose policies all have a record; another one is looked through first. */
  knownSet: PolicySet | null;
  readonly trials: Map<string, Trial>;
  readonly unkept: {
    readonly uses: Set<string>;
    readonly trials: Set<string>;
    readonly differences: Map<string, DifferenceRow>;
  };
  /** Names of shadow policies' trials; they change with the policies' content. */
  readonly policyTrials: Map<string, { definition: PolicyDefinition; trial: string }>;
  /** Names of causes by their text: most differences have been seen before. */
  readonly causes: Map<string, string>;
  readonly comparisons: WeakMap<PolicySet, WeakMap<PolicySet, Compare>>;
}

/** Returns the watch as the store kept it. */
export function openWatch(rows: WatchRows | undefined): WatchState {
  const { uses = [], trials = [], differences = [] } = rows ?? {};
  const watch: WatchState = {
    inputs: new Map(),
    knownSet: null,
    uses: new Map(uses.map((use) => [use.policy, use])),
    trials: new Map(
      trials.map(({ trial, startedAt, decisions }) => [
        trial,
        { startedAt, decisions, differences: new Map<string, DifferenceRow>() },
      ]),
    ),
    unkept: { uses: new Set(), trials: new Set(), differences: new Map() },
    policyTrials: new Map(),
    causes: new Map(),
    comparisons: new WeakMap(),
  };
  for (const row of differences) watch.trials.get(row.trial)?.differences.set(row.cause, row);
  return watch;
}

/** Returns what the disk does not know yet, and takes it for known; null = nothing. */
export function takeUnkept({ uses, trials, unkept }: WatchState): WatchRows | null {
  const rows: WatchRows = {
    uses: [...unkept.uses].flatMap((policy) => uses.get(policy) ?? []),
    trials: [...unkept.trials].flatMap((trial) => {
      const held = trials.get(trial);
      return held === undefined
        ? []
        : [{ trial, startedAt: held.startedAt, decisions: held.decisions }];
    }),
    differences: [...unkept.differences.values()],
  };
  unkept.uses.clear();
  unkept.trials.clear();
  unkept.differences.clear();
  return rows.uses.length + rows.trials.length + rows.differences.length > 0 ? rows : null;
}
