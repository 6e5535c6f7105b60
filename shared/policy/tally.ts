/** Adds up what policies say about one resource; no sum depends on the order of its terms. */
import type { CompiledPolicy } from "./compiled-set.ts";
import type { Effect, Obligations } from "./decision.ts";
import { neverAt } from "./frame.ts";
import type { Input } from "./input.ts";
import type { Outcome } from "./outcome.ts";
import { type StepUp, stepUpUntil, strictest } from "./step-up.ts";
import type { ResourceDefinition } from "./document.ts";

/** What a decision says about one resource; ids, digests and times of issue are added by the caller. */
export interface Verdict {
  /** Name of the resource. */
  readonly resource: string;
  readonly effect: Effect;
  /** Ids of the policies that decided, sorted; empty = nothing matched, or quarantine. */
  readonly determinedBy: readonly string[];
  readonly obligations: Obligations;
  readonly leaseSeconds: number;
  /** Earliest edge of all evaluated trees, ends of freshness included. */
  readonly validUntilAt: number;
  /** Earliest clock, elevation or sign-in edge: the end of an access that facts keep alive by leases. */
  readonly accessUntilAt: number;
  /** What it would be if the policies in shadow mode were enforced; absent where none applies. */
  readonly shadow?:
    { readonly effect: Effect; readonly determinedBy: readonly string[] } | undefined;
  readonly errors: readonly { readonly policy: string; readonly code: string }[];
}

interface Side {
  readonly allow: string[];
  readonly deny: string[];
  stepUp: StepUp | undefined;
}

/** The running sum for one resource. */
export interface Tally {
  readonly enforced: Side;
  readonly shadow: Side;
  readonly errors: { policy: string; code: string }[];
  sawShadow: boolean;
  record: boolean;
  leaseSeconds: number;
  freshUntilAt: number;
  clockUntilAt: number;
}

/** Returns an empty sum. */
export function makeTally(leaseSeconds: number): Tally {
  return {
    enforced: { allow: [], deny: [], stepUp: undefined },
    shadow: { allow: [], deny: [], stepUp: undefined },
    errors: [],
    sawShadow: false,
    record: false,
    leaseSeconds,
    freshUntilAt: neverAt,
    clockUntilAt: neverAt,
  };
}

/** Adds a policy's outcome. */
export function addOutcome(tally: Tally, policy: CompiledPolicy, outcome: Outcome): void {
  const { definition } = policy;
  tally.freshUntilAt = Math.min(tally.freshUntilAt, outcome.freshUntilAt);
  const enforced = definition.mode === "enforce";
  if (enforced) tally.clockUntilAt = Math.min(tally.clockUntilAt, outcome.clockUntilAt);
  else tally.sawShadow = true;
  if (outcome.failed) tally.errors.push({ policy: definition.id, code: "evaluation_error" });
  if (!outcome.matched) return;
  const side = enforced ? tally.enforced : tally.shadow;
  side[definition.effect].push(definition.id);
  if (definition.effect === "deny") return;
  side.stepUp = strictest(side.stepUp, definition.require.stepUp);
  if (!enforced) return;
  tally.record ||= definition.require.recordSession;
  tally.leaseSeconds = Math.min(tally.leaseSeconds, definition.leaseSeconds ?? tally.leaseSeconds);
}

/** Returns the verdict of a sum. */
export function verdictOf(tally: Tally, resource: ResourceDefinition, input: Input): Verdict {
  const { enforced, shadow, record, leaseSeconds } = tally;
  const { stepUp } = enforced;
  const signedUntilAt = stepUp === undefined ? neverAt : stepUpUntil(stepUp, input);
  const accessUntilAt = Math.min(tally.clockUntilAt, signedUntilAt ?? neverAt);
  const { effect, determinedBy } = judge(enforced, signedUntilAt === null);
  return {
    resource: resource.name,
    effect,
    determinedBy,
    obligations: stepUp === undefined ? { record } : { stepUp, record },
    leaseSeconds,
    validUntilAt: Math.min(tally.freshUntilAt, accessUntilAt),
    accessUntilAt,
    shadow: tally.sawShadow ? judgeShadow(enforced, shadow, input) : undefined,
    errors: uniqueErrors(tally.errors),
  };
}

/** Default deny; any deny wins; an unmet obligation of any matching allow makes it a step-up. */
function judge(
  { allow, deny }: Side,
  stepUpUnmet: boolean,
): { effect: Effect; determinedBy: readonly string[] } {
  if (deny.length > 0) return { effect: "deny", determinedBy: sortedUnique(deny) };
  if (allow.length === 0) return { effect: "deny", determinedBy: [] };
  return { effect: stepUpUnmet ? "stepUp" : "allow", determinedBy: sortedUnique(allow) };
}

/** Judges as if the policies in shadow mode were enforced beside the others. */
function judgeShadow(enforced: Side, shadow: Side, input: Input): Verdict["shadow"] {
  const stepUp = strictest(enforced.stepUp, shadow.stepUp);
  const both = {
    allow: [...enforced.allow, ...shadow.allow],
    deny: [...enforced.deny, ...shadow.deny],
    stepUp,
  };
  return judge(both, stepUp !== undefined && stepUpUntil(stepUp, input) === null);
}

function sortedUnique(ids: readonly string[]): readonly string[] {
  return ids.length < 2 ? ids : [...new Set(ids)].sort();
}

function uniqueErrors(errors: Tally["errors"]): Verdict["errors"] {
  if (errors.length === 0) return errors;
  const byPolicy = new Map(errors.map((error) => [error.policy, error]));
  return sortedUnique([...byPolicy.keys()]).flatMap((id) => byPolicy.get(id) ?? []);
}
