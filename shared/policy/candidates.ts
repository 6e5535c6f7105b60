/** Which policies speak of a subject: found by index, never by scanning the set. */
import type { CompiledPolicy, PolicySet, SubjectPolicies } from "./compiled-set.ts";
import type { Input } from "./input.ts";

/** Visits the lists of policies whose subject keys match the input. */
export function forEachList(
  set: PolicySet,
  input: Input,
  visit: (list: SubjectPolicies) => void,
): void {
  const { everyone, groups, users, devices, tags } = set.bySubject;
  if (everyone !== undefined) visit(everyone);
  visitOne(devices, input.device.id, visit);
  for (const group of input.device.groups) visitOne(groups, group, visit);
  for (const tag of input.device.tags) visitOne(tags, tag, visit);
  if (input.user === undefined) return;
  visitOne(users, input.user.id, visit);
  for (const group of input.user.groups) visitOne(groups, group, visit);
}

function visitOne(
  index: ReadonlyMap<string, SubjectPolicies>,
  key: string,
  visit: (list: SubjectPolicies) => void,
): void {
  const list = index.get(key);
  if (list !== undefined) visit(list);
}

/**
 * Visits the policies that speak of the input's subject. One that matches by two groups is visited
 * twice: everything that is done with an outcome is idempotent, which is cheaper than a set here.
 */
export function forEachCandidate(
  set: PolicySet,
  input: Input,
  visit: (policy: CompiledPolicy) => void,
): void {
  const type = input.user === undefined ? 1 : 0;
  forEachList(set, input, ({ policies }) => {
    for (const policy of policies) if (policy.applies[type]) visit(policy);
  });
}

/** Visits the policies that speak of the input's subject and cover the resource with this index. */
export function forEachCovering(
  set: PolicySet,
  question: { readonly input: Input; readonly resource: number },
  visit: (policy: CompiledPolicy) => void,
): void {
  const { input, resource } = question;
  const type = input.user === undefined ? 1 : 0;
  forEachList(set, input, ({ policies, words, masks }) => {
    for (let word = 0; word < words; word++) {
      let mask = masks[resource * words + word] ?? 0;
      while (mask !== 0) {
        const policy = policies[word * 32 + 31 - Math.clz32(mask & -mask)];
        mask &= mask - 1;
        if (policy?.applies[type] === true) visit(policy);
      }
    }
  });
}

/** Tells whether a policy covers the resource with this index. */
export function covers(policy: CompiledPolicy, resource: number): boolean {
  return ((policy.resources[resource >>> 5] ?? 0) & (1 << (resource & 31))) !== 0;
}
