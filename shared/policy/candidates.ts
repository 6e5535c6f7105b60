/** Which policies speak of a subject: found by index, never by scanning the set. */
import type { CompiledPolicy, PolicySet, SubjectPolicies } from "./compiled-set.ts";
import type { Input } from "./input.ts";

/** Returns the lists of policies whose subject keys match the input: found once for all of its resources. */
export function listsFor(set: PolicySet, input: Input): readonly SubjectPolicies[] {
  const known = set.subjectLists.get(input);
  if (known !== undefined) return known;
  const found = findLists(set, input);
  set.subjectLists.set(input, found);
  return found;
}

function findLists(set: PolicySet, input: Input): readonly SubjectPolicies[] {
  const { everyone, groups, users, devices, tags } = set.bySubject;
  const { device, user } = input;
  const lists: SubjectPolicies[] = [];
  if (everyone !== undefined) lists.push(everyone);
  if (devices.size > 0) append(lists, devices.get(device.id));
  for (const group of device.groups) append(lists, groups.get(group));
  for (const tag of device.tags) append(lists, tags.get(tag));
  if (user === undefined) {
    const { serviceAccount } = device;
    if (serviceAccount === undefined) return lists;
    append(lists, set.bySubject.serviceAccounts.get(serviceAccount));
    return lists;
  }
  if (users.size > 0) append(lists, users.get(user.id));
  for (const group of user.groups) append(lists, groups.get(group));
  return lists;
}

function append(lists: SubjectPolicies[], list: SubjectPolicies | undefined): void {
  if (list !== undefined) lists.push(list);
}

/** Returns which of a policy's `applies` is about the input's type of session. */
export function typeOf(input: Input): 0 | 1 {
  return input.user === undefined ? 1 : 0;
}

/**
 * Visits the policies that speak of the input's subject. One that matches by two groups is visited
 * twice: everything that is done with an outcome is idempotent, which is cheaper than a set here.
 */
export function forEachCandidate(
  set: PolicySet,
  input: Input,
  visit: (policy: CompiledPolicy, list: SubjectPolicies, place: number) => void,
): void {
  const type = typeOf(input);
  for (const list of listsFor(set, input)) {
    list.policies.forEach((policy, place) => {
      if (policy.applies[type]) visit(policy, list, place);
    });
  }
}

/** Policies that speak of a subject and cover a resource: place n is one of list n. */
export interface Covering {
  readonly lists: readonly SubjectPolicies[];
  readonly places: readonly number[];
}

/** Returns the policies that speak of the input's subject and cover the resource with this index. */
export function coveringOf(set: PolicySet, input: Input, resource: number): Covering {
  const type = typeOf(input);
  const { rowWords, masks } = set.coverage;
  const row = resource * rowWords;
  const lists: SubjectPolicies[] = [];
  const places: number[] = [];
  for (const list of listsFor(set, input)) {
    const { words, offset, policies } = list;
    for (let word = 0; word < words; word++) {
      let mask = masks[row + offset + word] as number;
      while (mask !== 0) {
        const place = word * 32 + 31 - Math.clz32(mask & -mask);
        mask &= mask - 1;
        if (!(policies[place] as CompiledPolicy).applies[type]) continue;
        lists.push(list);
        places.push(place);
      }
    }
  }
  return { lists, places };
}

/** Tells whether a policy covers the resource with this index. */
export function covers(policy: CompiledPolicy, resource: number): boolean {
  return ((policy.resources[resource >>> 5] ?? 0) & (1 << (resource & 31))) !== 0;
}
