/** The books of shadows: how much was compared, and what would have been answered differently, by cause. */
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import type { AccessDifference } from "#shared/policy/analysis/compare-sets.ts";
import { withoutPlaces } from "#shared/policy/canonical-form.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { decide } from "#shared/policy/decide.ts";
import type { PolicyDefinition } from "#shared/policy/document.ts";
import type { Input } from "#shared/policy/input.ts";
import type { Step } from "../context.ts";
import type { DifferenceRow } from "../row.ts";
import { policyTrial, setTrial } from "./trial-name.ts";
import type { ShadowSet, Trial } from "./watch.ts";

const causesMax = 1_000;
const devicesMax = 20;
const knownCausesMax = 4_096;
const digestCharacters = 16;

/** Returns the name of a shadow set's trial, begun where it is new. */
export function trialOfSet(step: Step, { policy, startedAt }: ShadowSet): string {
  return begun(step, setTrial(policy.version), startedAt);
}

/** Returns the name of a shadow policy's trial, begun where it is new; other content is another trial. */
export function trialOfPolicy(step: Step, definition: PolicyDefinition): string {
  const { policyTrials } = step.state.watch;
  const known = policyTrials.get(definition.id);
  if (known?.definition === definition) return known.trial;
  const content = canonicalJson(withoutPlaces({ ...definition, tests: [] }) as Json);
  const digest = step.context.sha256Hex(content).slice(0, digestCharacters);
  const trial = begun(step, policyTrial(definition.id, digest), step.now);
  policyTrials.set(definition.id, { definition, trial });
  return trial;
}

function begun(step: Step, trial: string, startedAt: number): string {
  const { trials, unkept } = step.state.watch;
  if (trials.has(trial)) return trial;
  trials.set(trial, { startedAt, decisions: 0, differences: new Map() });
  unkept.trials.add(trial);
  return trial;
}

/** Counts compared decisions. */
export function noteDecisions({ state: { watch } }: Step, name: string, count: number): void {
  const trial = watch.trials.get(name);
  if (trial === undefined || count === 0) return;
  trial.decisions += count;
  watch.unkept.trials.add(name);
}

/** One look at a device; `trials` are named, or found by the policies that would have decided. */
export interface Look {
  readonly trials: readonly string[] | ((decidedBy: readonly string[]) => readonly string[]);
  readonly device: string;
  readonly input: Input;
  readonly sets: readonly [before: PolicySet, after: PolicySet];
}

/** Books a difference under its cause: what, from what to what, and by which policies. */
export function noteDifference(step: Step, look: Look, difference: AccessDifference): void {
  const { input, sets, device } = look;
  const by = (set: PolicySet) => decide(set, input, difference.resource).determinedBy;
  const because = { before: by(sets[0]), after: by(sets[1]) };
  const cause = causeOf(step, canonicalText(difference, because));
  const names = typeof look.trials === "function" ? look.trials(because.after) : look.trials;
  const { watch } = step.state;
  for (const name of names) {
    const trial = watch.trials.get(name);
    const row = trial && booked(trial, { ...difference, because, trial: name, cause }, step.now);
    if (row === undefined) continue;
    const devices = row.devices.filter((one) => one.device !== device).slice(0, devicesMax - 1);
    const newest = { ...row, devices: [{ device, at: step.now }, ...devices] };
    trial?.differences.set(cause, newest);
    watch.unkept.differences.set(`${name} ${cause}`, newest);
  }
}

/** Names of resources and policies hold neither spaces nor commas. */
function canonicalText(
  { resource, before, after }: AccessDifference,
  because: DifferenceRow["because"],
): string {
  return [resource, before, after, because.before.join(), because.after.join()].join(" ");
}

function causeOf({ state: { watch }, context }: Step, text: string): string {
  const known = watch.causes.get(text);
  if (known !== undefined) return known;
  if (watch.causes.size >= knownCausesMax) watch.causes.clear();
  const cause = context.sha256Hex(text).slice(0, digestCharacters);
  watch.causes.set(text, cause);
  return cause;
}

type Cause = Pick<DifferenceRow, "trial" | "cause" | "because" | keyof AccessDifference>;

/** Causes beyond the limit are not booked: a set that differs so much needs no finer report. */
function booked(trial: Trial, cause: Cause, now: number): DifferenceRow | undefined {
  const former = trial.differences.get(cause.cause);
  if (former === undefined && trial.differences.size >= causesMax) return undefined;
  const { firstAt = now, count = 0, devices = [] } = former ?? {};
  return { ...cause, firstAt, lastAt: now, count: count + 1, devices };
}
