/** Decides again from what a decision was made from, under the set of that time. */
import { createHash } from "node:crypto";
import { inputFromHash } from "#shared/policy/canonical-form.ts";
import { decide } from "#shared/policy/decide.ts";
import type { Decision } from "#shared/policy/decision.ts";
import { unmetOf } from "#shared/policy/explain.ts";
import { documentsOf, putInForce } from "../../core/access/policy-in-force.ts";
import type { DecisionSource } from "../../core/row.ts";
import type { ApiContext } from "./context.ts";

/** The parts of a decision that follow from its input and its set. */
type Answer = Pick<Decision, "effect" | "determinedBy" | "unmet" | "obligations" | "validUntilAt">;

/** What came of deciding again. */
export type Replay =
  | { readonly kind: "decided"; readonly same: boolean; readonly answer: Answer }
  /** The policy was not asked: the state of the device itself said no. */
  | { readonly kind: "gate" }
  | { readonly kind: "impossible"; readonly why: string };

/** Replays a decision; `source` is what the store keeps under its input's digest. */
export async function decideAgain(
  context: ApiContext,
  decision: Decision,
  source: DecisionSource | null,
): Promise<Replay> {
  if (decision.unmet.some(({ policy }) => policy === "")) return { kind: "gate" };
  if (source === null) return impossible("what it was made from is no longer kept");
  if (createHash("sha256").update(source.input).digest("hex") !== decision.inputHash) {
    return impossible("what is kept does not have the digest that the decision names");
  }
  const kept = await context.store.read("policy.find", decision.policyVersion);
  if (kept === null && decision.policyVersion !== "none") {
    return impossible("the policy set of that time is no longer kept");
  }
  const resource = source.resources.find(({ id }) => id === decision.resource);
  if (resource === undefined) return impossible("its resource is not kept");
  const stored = await context.store.read("resource.list", undefined);
  const resources = new Map([...stored, ...source.resources].map((one) => [one.id, one]));
  const sites = await context.store.read("site.list", undefined);
  const result = putInForce(documentsOf(kept), decision.policyVersion, {
    resources,
    sites: new Map(sites.map((site) => [site.id, site])),
  });
  if (result.kind === "refused") {
    return impossible(`the set does not compile any more: ${String(result.error.params["why"])}`);
  }
  const { set } = result.policy;
  const input = inputFromHash(source.input);
  const { effect, determinedBy, obligations, validUntilAt } = decide(set, input, resource.name);
  const unmet = effect === "allow" ? [] : unmetOf(set, input, resource.name);
  const answer = { effect, determinedBy, unmet, obligations, validUntilAt };
  return { kind: "decided", same: same(answer, decision), answer };
}

function impossible(why: string): Replay {
  return { kind: "impossible", why };
}

function same(answer: Answer, decision: Decision): boolean {
  const { effect, determinedBy, unmet, obligations, validUntilAt } = decision;
  const former: Answer = { effect, determinedBy, unmet, obligations, validUntilAt };
  // Through JSON, since absent members do not survive the store.
  return JSON.stringify(former) === JSON.stringify(JSON.parse(JSON.stringify(answer)));
}
