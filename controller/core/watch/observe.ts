/** Looks at evaluations once more, off the path of the decision: use of policies, shadows, roll-out. */
import {
  type Compare,
  type Comparison,
  isLoss,
  makeComparison,
} from "#shared/policy/analysis/compare-sets.ts";
import { hasNewSet } from "#shared/policy/analysis/roll-out.ts";
import { type InputUsage, usageOf } from "#shared/policy/analysis/usage.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import type { Input } from "#shared/policy/input.ts";
import { policyOf } from "../access/policy-of.ts";
import type { Step } from "../context.ts";
import { setDeadline } from "../deadline-queue.ts";
import { judgeLosses } from "../roll-out/roll-out.ts";
import type { DeviceLoss } from "../roll-out/roll-out-state.ts";
import type { DeviceState } from "../state.ts";
import { noteDecisions, noteDifference, trialOfPolicy, trialOfSet } from "./trial.ts";
import { takeUnkept, type WatchState } from "./watch.ts";

const lookKey = "watchLook:";
const keepKey = "watchKeep:";
/** So long after an evaluation its removals are out for certain. */
const lookAfterMs = 1_000;
const keepEveryMs = 60_000;
/** Looks and differences of one slice; the rest waits, so that nothing urgent waits for it. */
const sliceMax = 256;
const betweenSlicesMs = 20;

/** Leaves an evaluation's input to be looked at later; a newer one of the device replaces it. */
export function leaveInput(step: Step, device: DeviceState, input: Input): void {
  const { watch, deadlines } = step.state;
  watch.inputs.set(device.record.id, input);
  if (deadlines.at.has(lookKey)) return;
  setDeadline(deadlines, lookKey, step.now + lookAfterMs);
}

/** Looks at a slice of what was left. */
export function takeLook(step: Step): void {
  const { watch, deadlines, devices } = step.state;
  let left = sliceMax;
  for (const [id, input] of watch.inputs) {
    if (left <= 0) break;
    watch.inputs.delete(id);
    const device = devices.get(id);
    if (device !== undefined) left -= 1 + lookAt(step, device, input);
  }
  // Once for all: each judgement goes through every device of the rings.
  judgeLosses(step);
  if (watch.inputs.size > 0) setDeadline(deadlines, lookKey, step.now + betweenSlicesMs);
  if (!deadlines.at.has(keepKey)) setDeadline(deadlines, keepKey, step.now + keepEveryMs);
}

/** Writes what was found since the last time. */
export function takeKeep(step: Step): void {
  const rows = takeUnkept(step.state.watch);
  if (rows === null) return;
  step.effects.push({ kind: "write", token: null, writes: [{ kind: "watch", rows }] });
}

/** Returns how many differences were booked. */
function lookAt(step: Step, device: DeviceState, input: Input): number {
  const { state } = step;
  let booked = 0;
  const policy = policyOf(state, device.record);
  beginRecords(step);
  const usage = usageOf(policy.set, input);
  noteUse(step, usage);
  if (policy.enforcedSet !== null) {
    booked += lookAtPolicies(step, {
      device,
      input,
      usage,
      sets: [policy.set, policy.enforcedSet],
    });
  }
  if (state.shadow !== null) {
    const sets = [policy.set, state.shadow.policy.set] as const;
    const comparison = comparisonOf(state.watch, ...sets)(input);
    const trial = trialOfSet(step, state.shadow);
    noteDecisions(step, trial, comparison.either);
    booked += comparison.differences.length;
    for (const difference of comparison.differences) {
      noteDifference(step, { trials: [trial], device: device.record.id, input, sets }, difference);
    }
  }
  const { rollOut } = state;
  if (rollOut !== null && hasNewSet(rollOut.rings, rollOut, device.record.groups)) {
    const compare = comparisonOf(state.watch, state.policy.set, rollOut.policy.set);
    rollOut.seen.set(device.record.id, lossOf(compare(input)));
  }
  return booked;
}

function lossOf({ openBefore, differences }: Comparison): DeviceLoss {
  return { open: openBefore, lost: differences.filter(isLoss).length };
}

interface PolicyLook {
  readonly device: DeviceState;
  readonly input: Input;
  readonly usage: InputUsage;
  readonly sets: readonly [PolicySet, PolicySet];
}

/** A difference counts for each policy in shadow mode that would have decided it. */
function lookAtPolicies(step: Step, { device, input, usage, sets }: PolicyLook): number {
  const shadows = new Map(
    sets[0].policies
      .filter(({ enforced }) => !enforced)
      .map((policy) => [policy.definition.id, policy]),
  );
  for (const id of usage.matched) {
    const policy = shadows.get(id);
    if (policy === undefined) continue;
    noteDecisions(step, trialOfPolicy(step, policy.definition), countBits(policy.resources));
  }
  const { differences } = comparisonOf(step.state.watch, ...sets)(input);
  for (const difference of differences) {
    const trialsOf = (ids: readonly string[]) =>
      ids.flatMap((id) => {
        const policy = shadows.get(id);
        return policy === undefined ? [] : [trialOfPolicy(step, policy.definition)];
      });
    const noted = { trials: trialsOf, device: device.record.id, input, sets };
    noteDifference(step, noted, difference);
  }
  return differences.length;
}

function countBits(bits: Uint32Array): number {
  let count = 0;
  for (const word of bits) for (let mask = word; mask !== 0; mask &= mask - 1) count += 1;
  return count;
}

function comparisonOf(watch: WatchState, before: PolicySet, after: PolicySet): Compare {
  const known = watch.comparisons.get(before) ?? new WeakMap<PolicySet, Compare>();
  watch.comparisons.set(before, known);
  const compare = known.get(after) ?? makeComparison({ before, after });
  known.set(after, compare);
  return compare;
}

/** A policy that is never used has a record too: it says since when; one that is gone has none. */
function beginRecords({ state, now }: Step): void {
  const { watch, policy, rollOut } = state;
  if (watch.knownSet === policy.set) return;
  watch.knownSet = policy.set;
  const all = [...policy.set.policies, ...(rollOut?.policy.set.policies ?? [])];
  const ids = new Set(all.map(({ definition }) => definition.id));
  for (const id of watch.uses.keys()) if (!ids.has(id)) watch.uses.delete(id);
  for (const id of ids) {
    if (watch.uses.has(id)) continue;
    const never = { matchedAt: null, decisiveAt: null, matched: 0, decisive: 0 };
    watch.uses.set(id, { policy: id, sinceAt: now, ...never });
    watch.unkept.uses.add(id);
  }
}

function noteUse({ state, now }: Step, { matched, decisive }: InputUsage): void {
  const { uses, unkept } = state.watch;
  const decided = new Set(decisive);
  for (const policy of matched) {
    const former = uses.get(policy);
    const decides = decided.has(policy);
    uses.set(policy, {
      policy,
      sinceAt: former?.sinceAt ?? now,
      matchedAt: now,
      decisiveAt: decides ? now : (former?.decisiveAt ?? null),
      matched: (former?.matched ?? 0) + 1,
      decisive: (former?.decisive ?? 0) + (decides ? 1 : 0),
    });
    unkept.uses.add(policy);
  }
}
