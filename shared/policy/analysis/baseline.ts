/** An input on which a policy decides: it matches, and no deny stands in its way. */
import { covers } from "../candidates.ts";
import type { CompiledPolicy, PolicySet } from "../compiled-set.ts";
import { decide } from "../decide.ts";
import type { Input } from "../input.ts";
import { type Box, boxesOf, productOf } from "./box.ts";
import { exampleInput } from "./example.ts";
import type { Space } from "./variables.ts";

/** Returns such an input for a resource that the policy covers, or null where none was found. */
export function baselineOf(
  set: PolicySet,
  policy: CompiledPolicy,
  context: { readonly space: Space; readonly nowAt: number; readonly resource: string },
): Input | null {
  const { space, resource } = context;
  const index = set.resourceIndex.get(resource);
  if (index === undefined || !covers(policy, index)) return null;
  const { definition } = policy;
  const own = boxesOf(definition.when, space);
  const others = definition.effect === "allow" ? deniesOver(set, index) : [];
  const around = others.map((deny) => boxesOf(deny.definition.when, space, false));
  const candidates = [...(productOf([own, ...around]) ?? []), ...(own ?? [])];
  for (const box of candidates) {
    const input = tried(set, policy, { ...context, box });
    if (input !== null) return input;
  }
  return null;
}

/** Denies that could ever be avoided; an unconditional one cannot. */
function deniesOver(set: PolicySet, resource: number): readonly CompiledPolicy[] {
  return set.policies.filter(
    (policy) =>
      policy.definition.effect === "deny" &&
      policy.definition.mode === "enforce" &&
      policy.condition !== null &&
      covers(policy, resource),
  );
}

function tried(
  set: PolicySet,
  policy: CompiledPolicy,
  context: { space: Space; nowAt: number; resource: string; box: Box },
): Input | null {
  const { box, resource } = context;
  const input = exampleInput(policy.definition, box, context);
  const { effect, determinedBy, shadow } = decide(set, input, resource);
  const decided = policy.definition.mode === "shadow" ? shadow?.determinedBy : determinedBy;
  const { effect: wanted, mode } = policy.definition;
  const right = mode === "shadow" || effect === wanted;
  return right && decided?.includes(policy.definition.id) === true ? input : null;
}
