/**
 * Decisions: default deny, any matching deny wins, obligations of all matching allows add up, order
 * never matters. Pure: the same set and input give the same verdict.
 */
import { covers, forEachCandidate, forEachCovering, forEachList } from "./candidates.ts";
import type { CompiledPolicy, PolicySet } from "./compiled-set.ts";
import type { ResourceDefinition } from "./document.ts";
import { makeFrame, neverAt } from "./frame.ts";
import type { Input } from "./input.ts";
import { clockUntil, evaluatePolicy, freshUntil, matches, type Outcome } from "./outcome.ts";
import { stepUpUntil } from "./step-up.ts";
import { addOutcome, makeTally, type Verdict, verdictOf } from "./tally.ts";

/** Decides about one resource, by name; a name that the set does not know is denied. */
export function decide(set: PolicySet, input: Input, resource: string): Verdict {
  const index = set.resourceIndex.get(resource);
  const definition = index === undefined ? undefined : set.resources[index];
  if (index === undefined || definition === undefined) return flatDeny(resource);
  if (input.device.quarantined) return flatDeny(resource, definition);
  const frame = makeFrame(set, input);
  const tally = makeTally(definition.leaseSeconds);
  forEachCovering(set, { input, resource: index }, (policy) => {
    addOutcome(tally, policy, evaluatePolicy(policy, frame));
  });
  return verdictOf(tally, definition, input);
}

/** Decides about every resource of the set, sorted by name; each policy is evaluated once. */
export function decideReach(set: PolicySet, input: Input): readonly Verdict[] {
  if (input.device.quarantined) {
    return set.resources.map((resource) => flatDeny(resource.name, resource));
  }
  const outcomes = new Map<CompiledPolicy, Outcome>();
  const frame = makeFrame(set, input);
  forEachCandidate(set, input, (policy) => {
    if (!outcomes.has(policy)) outcomes.set(policy, evaluatePolicy(policy, frame));
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
  const deny = new Uint32Array(words);
  const stepUp = new Uint32Array(words);
  let validUntilAt = neverAt;
  if (input.device.quarantined) return { allow, stepUp, validUntilAt };
  const frame = makeFrame(set, input);
  forEachList(set, input, ({ edges }) => {
    validUntilAt = Math.min(validUntilAt, freshUntil(edges, frame), clockUntil(edges, frame));
  });
  forEachCandidate(set, input, (policy) => {
    const { definition } = policy;
    if (definition.mode === "shadow" || !matches(policy, frame)) return;
    orInto(definition.effect === "deny" ? deny : allow, policy.resources);
    const wanted = definition.require.stepUp;
    if (wanted === undefined) return;
    const untilAt = stepUpUntil(wanted, input);
    if (untilAt === null) orInto(stepUp, policy.resources);
    else validUntilAt = Math.min(validUntilAt, untilAt);
  });
  for (let word = 0; word < words; word++) {
    const open = (allow[word] ?? 0) & ~(deny[word] ?? 0);
    const held = open & (stepUp[word] ?? 0);
    allow[word] = open & ~held;
    stepUp[word] = held;
  }
  return { allow, stepUp, validUntilAt };
}

function orInto(target: Uint32Array, source: Uint32Array): void {
  for (let word = 0; word < target.length; word++) {
    target[word] = (target[word] ?? 0) | (source[word] ?? 0);
  }
}

/** Tells whether two reaches of one set open the same. */
export function sameReach(left: Reach, right: Reach): boolean {
  return (
    left.allow.every((word, index) => word === right.allow[index]) &&
    left.stepUp.every((word, index) => word === right.stepUp[index])
  );
}
