/**
 * Decisions: default deny, any matching deny wins, obligations of all matching allows add up, order
 * never matters. Pure: the same set and input give the same verdict.
 */
import {
  type Covering,
  coveringOf,
  covers,
  forEachCandidate,
  listsFor,
  typeOf,
} from "./candidates.ts";
import type { CompiledPolicy, PolicySet, SubjectPolicies } from "./compiled-set.ts";
import type { ResourceDefinition } from "./document.ts";
import { neverAt } from "./fact-sheet.ts";
import { type Frame, makeFrame } from "./frame.ts";
import type { Input } from "./input.ts";
import { edgeOf, evaluateAt, matchesAt, type Outcome } from "./outcome.ts";
import { stepUpUntil } from "./step-up.ts";
import { addOutcome, makeTally, type Verdict, verdictOf } from "./tally.ts";

/**
 * Decides about one resource, by name; a name that the set does not know is denied. Who asks about one
 * (a replayed decision, a plan, a policy test) need not pay for the reach; an oracle holds both equal.
 */
export function decide(set: PolicySet, input: Input, resource: string): Verdict {
  const index = set.resourceIndex.get(resource);
  const definition = index === undefined ? undefined : set.resources[index];
  if (index === undefined || definition === undefined) return flatDeny(resource);
  if (input.device.quarantined) return flatDeny(resource, definition);
  return decideBy(coveringOf(set, input, index), makeFrame(set, input), definition);
}

/** Decides by the policies that were found to speak of the resource. */
export function decideBy(
  { lists, places }: Covering,
  frame: Frame,
  definition: ResourceDefinition,
): Verdict {
  const tally = makeTally(definition.leaseSeconds);
  for (let index = 0; index < places.length; index++) {
    const list = lists[index] as SubjectPolicies;
    const place = places[index] as number;
    addOutcome(tally, list.policies[place] as CompiledPolicy, evaluateAt(list, place, frame));
  }
  return verdictOf(tally, definition, frame.input);
}

/** Decides about every resource of the set, sorted by name; each policy is evaluated once. */
export function decideReach(set: PolicySet, input: Input): readonly Verdict[] {
  if (input.device.quarantined) {
    return set.resources.map((resource) => flatDeny(resource.name, resource));
  }
  const outcomes = new Map<CompiledPolicy, Outcome>();
  const frame = makeFrame(set, input);
  forEachCandidate(set, input, (policy, list, place) => {
    if (!outcomes.has(policy)) outcomes.set(policy, evaluateAt(list, place, frame));
  });
  return set.resources.map((resource, index) => {
    const tally = makeTally(resource.leaseSeconds);
    for (const [policy, outcome] of outcomes) {
      if (covers(policy, index)) addOutcome(tally, policy, outcome);
    }
    return verdictOf(tally, resource, input);
  });
}

function flatDeny(resource: string, definition?: ResourceDefinition): Verdict {
  return {
    resource,
    effect: "deny",
    determinedBy: [],
    obligations: { record: false },
    leaseSeconds: definition?.leaseSeconds ?? 0,
    validUntilAt: neverAt,
    accessUntilAt: neverAt,
    errors: [],
  };
}

/** What a device may reach, as bitsets over `set.resources`: the cheap answer to "did anything flip?". */
export interface Reach {
  readonly allow: Uint32Array;
  readonly stepUp: Uint32Array;
  readonly validUntilAt: number;
}

/**
 * Returns the reach; agrees with `decideReach` bit by bit, in microseconds. `validUntilAt` is the
 * earliest edge of everything that the subject is spoken of by.
 */
export function reachOf(set: PolicySet, input: Input): Reach {
  const words = Math.ceil(set.resources.length / 32);
  const allow = new Uint32Array(words);
  if (input.device.quarantined) {
    return { allow, stepUp: new Uint32Array(words), validUntilAt: neverAt };
  }
  const frame = makeFrame(set, input);
  const type = typeOf(input);
  const masks: { deny: Uint32Array | null; stepUp: Uint32Array | null } = {
    deny: null,
    stepUp: null,
  };
  const lists = listsFor(set, input);
  let validUntilAt = edgeOf(lists, frame);
  for (const list of lists) {
    const { policies } = list;
    for (let index = 0; index < policies.length; index++) {
      const policy = policies[index] as CompiledPolicy;
      if (!policy.enforced || !policy.applies[type] || !matchesAt(list, index, frame)) continue;
      const { effect, require } = policy.definition;
      if (effect === "deny") {
        orInto((masks.deny ??= new Uint32Array(words)), policy.resources);
        continue;
      }
      orInto(allow, policy.resources);
      if (require.stepUp === undefined) continue;
      const untilAt = stepUpUntil(require.stepUp, input);
      if (untilAt === null) orInto((masks.stepUp ??= new Uint32Array(words)), policy.resources);
      else validUntilAt = Math.min(validUntilAt, untilAt);
    }
  }
  return { ...divided(allow, masks.deny, masks.stepUp), validUntilAt };
}

/** Takes what is denied out of what is allowed, and apart what waits for a step-up. */
function divided(
  allow: Uint32Array,
  deny: Uint32Array | null,
  stepUp: Uint32Array | null,
): Pick<Reach, "allow" | "stepUp"> {
  const held = stepUp ?? new Uint32Array(allow.length);
  for (let word = 0; word < allow.length; word++) {
    const open = (allow[word] as number) & ~(deny === null ? 0 : (deny[word] as number));
    held[word] = open & (held[word] as number);
    allow[word] = open & ~(held[word] as number);
  }
  return { allow, stepUp: held };
}

function orInto(target: Uint32Array, source: Uint32Array): void {
  for (let word = 0; word < target.length; word++) {
    target[word] = (target[word] as number) | (source[word] as number);
  }
}

/** Tells whether two reaches of one set open the same. */
export function sameReach(left: Reach, right: Reach): boolean {
  return (
    left.allow.every((word, index) => word === right.allow[index]) &&
    left.stepUp.every((word, index) => word === right.stepUp[index])
  );
}
