/** Adds up what policies say about one resource; no sum depends on the order of its terms. */
import type { CompiledPolicy } from "./compiled-set.ts";
import type { Effect, Obligations } from "./decision.ts";
import { neverAt } from "./fact-sheet.ts";
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

/** Lists are made when something comes into them: most decisions hold one id. */
interface Side {
  allow: string[] | null;
  deny: string[] | null;
  stepUp: StepUp | undefined;
}

const none: readonly never[] = [];

/** The running sum for one resource. */
export interface Tally {
  readonly enforced: Side;
  /** Null: no policy in shadow mode applies. */
  shadow: Side | null;
  errors: Verdict["errors"][number][] | null;
  record: boolean;
  leaseSeconds: number;
  freshUntilAt: number;
  clockUntilAt: number;
}

/** Returns an empty sum. */
export function makeTally(leaseSeconds: number): Tally {
  return {
    enforced: emptySide(),
    shadow: null,
    errors: null,
    record: false,
    leaseSeconds,
    freshUntilAt: neverAt,
    clockUntilAt: neverAt,
  };
}

function emptySide(): Side {
  return { allow: null, deny: null, stepUp: undefined };
}

/** Adds a policy's outcome. */
export function addOutcome(tally: Tally, policy: CompiledPolicy, outcome: Outcome): void {
  const { definition } = policy;
  tally.freshUntilAt = Math.min(tally.freshUntilAt, outcome.freshUntilAt);
  const enforced = definition.mode === "enforce";
  if (enforced) tally.clockUntilAt = Math.min(tally.clockUntilAt, outcome.clockUntilAt);
  else tally.shadow ??= emptySide();
  if (outcome.failed) {
    (tally.errors ??= []).push({ policy: definition.id, code: "evaluation_error" });
  }
  if (!outcome.matched) return;
  const side = enforced || tally.shadow === null ? tally.enforced : tally.shadow;
  if (definition.effect === "deny") {
    if (side.deny === null) side.deny = [definition.id];
    else side.deny.push(definition.id);
    return;
  }
  if (side.allow === null) side.allow = [definition.id];
  else side.allow.push(definition.id);
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
    shadow: shadow === null ? undefined : judgeShadow(enforced, shadow, input),
    errors: uniqueErrors(tally.errors),
  };
}

/** Default deny; any deny wins; an unmet obligation of any matching allow makes it a step-up. */
function judge(
  { allow, deny }: Side,
  stepUpUnmet: boolean,
): { effect: Effect; determinedBy: readonly string[] } {
  if (deny !== null) return { effect: "deny", determinedBy: sortedUnique(deny) };
  if (allow === null) return { effect: "deny", determinedBy: none };
  return { effect: stepUpUnmet ? "stepUp" : "allow", determinedBy: sortedUnique(allow) };
}

/** Judges as if the policies in shadow mode were enforced beside the others. */
function judgeShadow(enforced: Side, shadow: Side, input: Input): Verdict["shadow"] {
  const stepUp = strictest(enforced.stepUp, shadow.stepUp);
  const both = {
    allow: joined(enforced.allow, shadow.allow),
    deny: joined(enforced.deny, shadow.deny),
    stepUp,
  };
  return judge(both, stepUp !== undefined && stepUpUntil(stepUp, input) === null);
}

function joined(left: string[] | null, right: string[] | null): string[] | null {
  return left === null || right === null ? (left ?? right) : [...left, ...right];
}

function sortedUnique(ids: readonly string[]): readonly string[] {
  // The policies of one list come in their order, so there is mostly nothing to do.
  for (let index = 1; index < ids.length; index++) {
    if ((ids[index - 1] as string) >= (ids[index] as string)) return [...new Set(ids)].sort();
  }
  return ids;
}

function uniqueErrors(errors: Tally["errors"]): Verdict["errors"] {
  if (errors === null) return none;
  const byPolicy = new Map(errors.map((error) => [error.policy, error]));
  return sortedUnique([...byPolicy.keys()]).flatMap((id) => byPolicy.get(id) ?? []);
}
