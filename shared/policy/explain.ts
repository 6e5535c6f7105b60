/**
 * Explanations: what to do about a "no". The user sees the nearest candidate and its fixes, never a
 * deny rule's thresholds, a risk input or a list of groups; the admin sees every unmet leaf.
 */
import type { CatalogueEntry, OperatingSystem } from "../posture/catalogue-entry.ts";
import { fixTextOf } from "../posture/fix-text.ts";
import { type Covering, coveringOf, covers } from "./candidates.ts";
import type { CompiledPolicy, PolicySet, SubjectPolicies } from "./compiled-set.ts";
import { decide, decideBy } from "./decide.ts";
import type { Explanation, Fix, Reason, Unmet } from "./decision.ts";
import { neverAt } from "./fact-sheet.ts";
import { type Frame, makeFrame } from "./frame.ts";
import type { Input } from "./input.ts";
import { levelVerdicts } from "./level-verdict.ts";
import type { Verdict } from "./tally.ts";
import { reasonOf, type UnmetLeaf, unmetLeaves } from "./unmet.ts";

const unmetMax = 32;
const reasonsMax = 8;

/** An allow that would have opened, with what is missing. */
interface Candidate {
  readonly policy: CompiledPolicy;
  readonly leaves: readonly UnmetLeaf[];
}

/** Returns every unmet leaf of every allow that speaks of subject and resource: for admins and the log. */
export function unmetOf(set: PolicySet, input: Input, resource: string): readonly Unmet[] {
  return unmetIn(set, makeFrame(set, input), resource);
}

/** As `unmetOf`, for who asks about several resources of one input. */
export function unmetIn(set: PolicySet, frame: Frame, resource: string): readonly Unmet[] {
  const index = set.resourceIndex.get(resource);
  return index === undefined ? [] : unmetBy(set, frame, coveringOf(set, frame.input, index));
}

/** A verdict with what the log keeps beside it. */
export interface LoggedVerdict {
  readonly verdict: Verdict;
  /** Empty for an allow. */
  readonly unmet: readonly Unmet[];
}

/** Decides and says why not, in one look: what a decision costs that is logged by itself. */
export function decideForLog(set: PolicySet, input: Input, resource: string): LoggedVerdict {
  const index = set.resourceIndex.get(resource);
  const definition = index === undefined ? undefined : set.resources[index];
  if (index === undefined || definition === undefined || input.device.quarantined) {
    return { verdict: decide(set, input, resource), unmet: [] };
  }
  const frame = makeFrame(set, input);
  const covering = coveringOf(set, input, index);
  const verdict = decideBy(covering, frame, definition);
  return { verdict, unmet: verdict.effect === "allow" ? [] : unmetBy(set, frame, covering) };
}

function unmetBy(set: PolicySet, frame: Frame, covering: Covering): readonly Unmet[] {
  const unmet: Unmet[] = [];
  for (const { policy, leaves } of candidatesOf(set, frame, covering)) {
    for (const leaf of leaves) {
      if (unmet.length === unmetMax) return unmet;
      unmet.push({
        policy: policy.definition.id,
        level: leaf.level,
        signal: leaf.leaf.kind === "signal" ? leaf.leaf.signal : undefined,
        reason: reasonOf(set, frame, leaf),
      });
    }
  }
  return unmet;
}

/** Explains a verdict to the person at the device; `os` chooses the fix texts. */
export function explain(
  set: PolicySet,
  input: Input,
  options: { verdict: Verdict; reference: string; os: OperatingSystem },
): Explanation {
  const { verdict, reference, os } = options;
  const { effect, resource, accessUntilAt } = verdict;
  const base = { reference, effect, resource, reasons: [], fixes: [] };
  const changes = accessUntilAt === neverAt ? {} : { changesAtAt: accessUntilAt };
  if (effect === "allow") return { ...base, ...changes };
  if (input.device.quarantined) return { ...base, reasons: [{ code: "quarantined", params: {} }] };
  if (effect === "stepUp") return { ...base, ...changes, reasons: [stepUpReason(verdict, input)] };
  if (verdict.determinedBy.length > 0) {
    return { ...base, ...changes, reasons: [denyReason(set, verdict)] };
  }
  const frame = makeFrame(set, input);
  const index = set.resourceIndex.get(resource) ?? -1;
  const [nearest] = index < 0 ? [] : candidatesOf(set, frame, coveringOf(set, input, index));
  if (nearest === undefined) {
    return { ...base, reasons: [{ code: outsiderCode(set, input, resource), params: {} }] };
  }
  const { policy, leaves } = nearest;
  const level = leaves.find((leaf) => leaf.level !== undefined)?.level;
  return {
    ...base,
    ...changes,
    candidate: policy.definition.id,
    reasons: reasonsForUser(set, frame, leaves),
    fixes: fixesOf(set, leaves, { os, facts: input.facts }),
    level: levelVerdicts(set, input).find((verdict) => verdict.id === level),
  };
}

/** Returns the allows that speak of subject and resource, nearest to opening first. */
function candidatesOf(
  set: PolicySet,
  frame: Frame,
  { lists, places }: Covering,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (let index = 0; index < places.length; index++) {
    const policy = (lists[index] as SubjectPolicies).policies[places[index] as number];
    if (policy === undefined || policy.definition.effect === "deny" || !policy.enforced) continue;
    if (candidates.some((known) => known.policy === policy)) continue;
    const leaves = policy.condition === null ? [] : unmetLeaves(policy.condition, frame);
    if (!isOver(leaves)) candidates.push({ policy, leaves });
  }
  // Most often there is nothing to put in order.
  return candidates.length < 2 ? candidates : nearestFirst(set, candidates);
}

/** An exception that is over, or has not begun, is nobody's candidate. */
function isOver(leaves: readonly UnmetLeaf[]): boolean {
  for (const { leaf } of leaves) if (leaf.kind === "until") return true;
  return false;
}

/** Fewest leaves that the user cannot change, then fewest leaves, then by id. */
function nearestFirst(set: PolicySet, candidates: readonly Candidate[]): readonly Candidate[] {
  const ranked = candidates.map((candidate) => {
    const fixable = candidate.leaves.filter((leaf) => isUserFixable(set, leaf));
    return { candidate, outOfReach: candidate.leaves.length - fixable.length };
  });
  ranked.sort(
    ({ candidate: left, outOfReach }, { candidate: right, outOfReach: other }) =>
      outOfReach - other ||
      left.leaves.length - right.leaves.length ||
      (left.policy.definition.id < right.policy.definition.id ? -1 : 1),
  );
  return ranked.map(({ candidate }) => candidate);
}

function entryOf(set: PolicySet, signal: string): CatalogueEntry | undefined {
  const slot = set.slotIndex.get(signal);
  return slot === undefined ? undefined : set.slots[slot]?.entry;
}

function isUserFixable(set: PolicySet, unmet: UnmetLeaf): boolean {
  const { leaf } = unmet;
  if (leaf.kind !== "signal") return false;
  return entryOf(set, leaf.signal)?.who === "user";
}

function stepUpReason(verdict: Verdict, input: Input): Reason {
  const { stepUp } = verdict.obligations;
  if (input.user === undefined) return { code: "sign_in_needed", params: {} };
  const params = stepUp === undefined ? {} : { ...stepUp };
  return { code: "step_up_needed", params };
}

function denyReason(set: PolicySet, verdict: Verdict): Reason {
  const decided = set.policies.filter((policy) =>
    verdict.determinedBy.includes(policy.definition.id),
  );
  const message = decided.find((policy) => policy.definition.message !== undefined);
  const text = message?.definition.message;
  const failed = verdict.errors.some((error) => verdict.determinedBy.includes(error.policy));
  if (text === undefined) {
    return { code: failed ? "evaluation_error" : "denied_by_rule", params: {} };
  }
  return { code: "denied_by_rule", params: { message: text.slice(0, 256) } };
}

/** Says why no allow speaks of the subject, without telling which groups would help. */
function outsiderCode(set: PolicySet, input: Input, resource: string): Reason["code"] {
  const index = set.resourceIndex.get(resource);
  if (index === undefined) return "no_rule";
  const others = set.policies.filter(
    (policy) => policy.definition.effect === "allow" && policy.enforced && covers(policy, index),
  );
  if (others.length === 0) return "no_rule";
  const forUsers = others.some(({ definition: { subjects } }) => {
    const { types, users, groups } = subjects;
    return types.includes("user") || (types.length === 0 && users.length + groups.length > 0);
  });
  return input.user === undefined && forUsers ? "sign_in_needed" : "group_missing";
}

function reasonsForUser(
  set: PolicySet,
  frame: Frame,
  leaves: readonly UnmetLeaf[],
): readonly Reason[] {
  const reasons = leaves.map((leaf) => {
    const reason = reasonOf(set, frame, leaf);
    const secret = reason.code === "risk" || reason.code === "group_missing";
    return secret ? { code: reason.code, params: {} } : reason;
  });
  return reasons.slice(0, reasonsMax);
}

function fixesOf(
  set: PolicySet,
  leaves: readonly UnmetLeaf[],
  { os, facts }: { readonly os: OperatingSystem; readonly facts: Input["facts"] },
): readonly Fix[] {
  const fixes = new Map<string, Fix>();
  for (const { leaf } of leaves) {
    if (leaf.kind !== "signal" || fixes.has(leaf.signal)) continue;
    const entry = entryOf(set, leaf.signal);
    if (entry === undefined) continue;
    const { signal, who } = entry;
    // Beside words of the policy's author a command of ours might say something else.
    const fix =
      leaf.fix === undefined
        ? fixTextOf(entry, os, (name) => facts.get(name)?.reading)
        : { text: leaf.fix };
    fixes.set(signal, { signal, ...fix, who });
  }
  return [...fixes.values()].slice(0, reasonsMax);
}
