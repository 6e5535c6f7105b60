/** Which policies took part in the answers to one input: the record that tells used rules from dead ones. */
import { listsFor, typeOf } from "../candidates.ts";
import type { CompiledPolicy, PolicySet } from "../compiled-set.ts";
import { makeFrame } from "../frame.ts";
import type { Input } from "../input.ts";
import { matchesAt } from "../outcome.ts";

/** Ids of policies; `decisive` are those without which an enforced answer about some resource would differ. */
export interface InputUsage {
  readonly matched: readonly string[];
  readonly decisive: readonly string[];
}

/** Returns the policies that match, and of the enforced ones those that alone allow or deny something. */
export function usageOf(set: PolicySet, input: Input): InputUsage {
  if (input.device.quarantined) return { matched: [], decisive: [] };
  const matched = matchingPolicies(set, input);
  const enforced = matched.filter((policy) => policy.enforced);
  const words = Math.ceil(set.resources.length / 32);
  const allows = onceAndMore(enforced, "allow", words);
  const denies = onceAndMore(enforced, "deny", words);
  const decisive = enforced.filter(({ definition: { effect }, resources }) => {
    const [own, other] = effect === "allow" ? [allows, denies] : [denies, allows];
    return resources.some((word, index) => {
      const alone = word & ~(own.twice[index] ?? 0);
      // A deny changes something where an allow stands beneath it, an allow where no deny does.
      const beneath = other.once[index] ?? 0;
      return (alone & (effect === "allow" ? ~beneath : beneath)) !== 0;
    });
  });
  return { matched: matched.map(idOf), decisive: decisive.map(idOf) };
}

function idOf({ definition }: CompiledPolicy): string {
  return definition.id;
}

function matchingPolicies(set: PolicySet, input: Input): readonly CompiledPolicy[] {
  const frame = makeFrame(set, input);
  const type = typeOf(input);
  const matched = new Set<CompiledPolicy>();
  for (const list of listsFor(set, input)) {
    list.policies.forEach((policy, index) => {
      if (policy.applies[type] && matchesAt(list, index, frame)) matched.add(policy);
    });
  }
  return [...matched];
}

/** Bitsets of the resources that at least one and at least two policies of an effect speak about. */
function onceAndMore(
  policies: readonly CompiledPolicy[],
  effect: "allow" | "deny",
  words: number,
): { readonly once: Uint32Array; readonly twice: Uint32Array } {
  const once = new Uint32Array(words);
  const twice = new Uint32Array(words);
  for (const { definition, resources } of policies) {
    if (definition.effect !== effect) continue;
    resources.forEach((word, index) => {
      twice[index] = (twice[index] ?? 0) | ((once[index] ?? 0) & word);
      once[index] = (once[index] ?? 0) | word;
    });
  }
  return { once, twice };
}
