/** Whether something may leave shadow mode. */
import { CodedError } from "#shared/base/coded-error.ts";
import { isLoss } from "#shared/policy/analysis/compare-sets.ts";
import { type PromotionCheck, promotionChecks } from "#shared/policy/analysis/promotion.ts";
import type { PolicyRecord } from "../../../core/record.ts";
import type { TrialView } from "../../../ports/policy-desk.ts";
import type { AcceptedDifference } from "../../store/queries/policy.ts";
import type { ApiContext } from "../context.ts";
import { documentsOf } from "../../../core/access/policy-in-force.ts";
import { isTrialOf, policyTrial, setTrial, trialKind } from "../../../core/watch/trial-name.ts";
import type { ChangeOrder } from "./change-order.ts";
import type { Candidate } from "./source.ts";

/** A trial with what people said about its differences, and whether it may be promoted. */
export interface JudgedTrial extends TrialView {
  readonly accepted: readonly AcceptedDifference[];
  readonly promotion: readonly PromotionCheck[];
}

/** Returns the trials of what is in shadow now: the watched set and the policies of the set in force. */
export async function judgedTrials(context: ApiContext): Promise<readonly JudgedTrial[]> {
  const accepted = await context.store.read("policy_difference.accepted", undefined);
  return (await currentTrials(context)).map((trial) => {
    const own = accepted.filter((one) => one.trial === trial.trial);
    const explained = new Set(own.map(({ cause }) => cause));
    const open = trial.differences.filter((one) => isLoss(one) && !explained.has(one.cause));
    const record = {
      kind: trialKind(trial.trial),
      startedAt: trial.startedAt,
      decisions: trial.decisions,
      unexplainedDenies: open.length,
    } as const;
    return { ...trial, accepted: own, promotion: promotionChecks(record, context.clock.nowAt()) };
  });
}

/** A set that nothing was asked of yet is watched all the same; a policy's newest content counts. */
async function currentTrials({ desk, store, clock }: ApiContext): Promise<readonly TrialView[]> {
  const shadow = await store.read("policy_shadow.read", undefined);
  const active = await store.read("policy.active", undefined);
  const trials = desk.trials();
  const ofPolicies = shadowPolicies(active).map(
    (id) =>
      newestOf(trials, (name) => isTrialOf(name, id)) ?? unasked(policyTrial(id), clock.nowAt()),
  );
  if (shadow === null) return ofPolicies;
  const { policy, startedAt } = shadow;
  const trial = setTrial(policy.version);
  const own = trials.find((one) => one.trial === trial);
  return [own ?? unasked(trial, startedAt), ...ofPolicies];
}

function unasked(trial: string, startedAt: number): TrialView {
  return { trial, startedAt, decisions: 0, differences: [] };
}

function newestOf<T extends TrialView>(
  trials: readonly T[],
  wanted: (name: string) => boolean,
): T | undefined {
  return trials
    .filter(({ trial }) => wanted(trial))
    .sort((one, other) => other.startedAt - one.startedAt)[0];
}

/** Throws SP-636 where a set or a policy would leave shadow mode before its time and nobody says why. */
export async function requirePromotion(
  context: ApiContext,
  change: {
    readonly active: PolicyRecord | null;
    readonly candidate: Candidate;
    readonly order: Pick<ChangeOrder, "kind" | "override">;
  },
): Promise<void> {
  const { active, candidate, order } = change;
  if (order.override !== undefined || order.kind === "rollback") return;
  const promoted = promotedPolicies(active, candidate).map((id) => ({
    name: policyTrial(id),
    wanted: (trial: string) => isTrialOf(trial, id),
  }));
  if (order.kind === "promote") {
    const name = setTrial(candidate.policy.version);
    promoted.push({ name, wanted: (trial) => trial === name });
  }
  if (promoted.length === 0) return;
  const trials = await judgedTrials(context);
  for (const { name, wanted } of promoted) {
    const newest = newestOf(trials, wanted);
    const checks = newest?.promotion ?? [];
    const unmet = checks.filter(({ met }) => !met).map(({ text }) => text);
    if (newest !== undefined && unmet.length === 0) continue;
    const why = newest === undefined ? "it was never watched" : unmet.join("; ");
    throw new CodedError("SP-636", { why: `${name}: ${why}` });
  }
}

/** Policies that are in shadow mode now and would be enforced. */
function promotedPolicies(
  active: PolicyRecord | null,
  { documents }: Candidate,
): readonly string[] {
  const shadows = new Set(shadowPolicies(active));
  return documents
    .flatMap(({ policies }) => policies)
    .filter(({ id, mode }) => mode === "enforce" && shadows.has(id))
    .map(({ id }) => id);
}

function shadowPolicies(active: PolicyRecord | null): readonly string[] {
  return documentsOf(active).flatMap(({ policies }) =>
    policies.filter(({ mode }) => mode === "shadow").map(({ id }) => id),
  );
}
