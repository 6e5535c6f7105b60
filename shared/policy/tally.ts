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
  const { effect, determinedBy, untilAt } = judge([enforced], input);
  const accessUntilAt = Math.min(tally.clockUntilAt, untilAt);
  const { stepUp } = enforced;
  const verdict: Verdict = {
    resource: resource.name,
    effect,
    determinedBy,
    obligations: stepUp === undefined ? { record } : { stepUp, record },
    leaseSeconds,
    validUntilAt: Math.min(tally.freshUntilAt, accessUntilAt),
    accessUntilAt,
    errors: uniqueErrors(tally.errors),
  };
  if (!tally.sawShadow) return verdict;
  const would = judge([enforced, shadow], input);
  return { ...verdict, shadow: { effect: would.effect, determinedBy: would.determinedBy } };
}

/** Default deny; any deny wins; an unmet obligation of any matching allow makes it a step-up. */
function judge(
  sides: readonly Side[],
  input: Input,
): { effect: Effect; determinedBy: readonly string[]; untilAt: number } {
  const deny = sides.flatMap((side) => side.deny);
  const allow = sides.flatMap((side) => side.allow);
  const stepUp = sides.map((side) => side.stepUp).reduce(strictest);
  const untilAt = stepUp === undefined ? neverAt : stepUpUntil(stepUp, input);
  const until = { untilAt: untilAt ?? neverAt };
  if (deny.length > 0) return { effect: "deny", determinedBy: sortedUnique(deny), ...until };
  if (allow.length === 0) return { effect: "deny", determinedBy: [], ...until };
  const effect = untilAt === null ? "stepUp" : "allow";
  return { effect, determinedBy: sortedUnique(allow), ...until };
}

function sortedUnique(ids: readonly string[]): readonly string[] {
  return ids.length < 2 ? ids : [...new Set(ids)].sort();
}

function uniqueErrors(errors: Tally["errors"]): Verdict["errors"] {
  if (errors.length === 0) return errors;
  const byPolicy = new Map(errors.map((error) => [error.policy, error]));
  return sortedUnique([...byPolicy.keys()]).flatMap((id) => byPolicy.get(id) ?? []);
}
