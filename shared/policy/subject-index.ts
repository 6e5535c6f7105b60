/** Builds the index from subject keys to policies, with the resources that each covers turned sideways. */
import { type Conjunction, layOut } from "./conjunction.ts";
import type { CompiledPolicy, PolicySet, SubjectIndex, SubjectPolicies } from "./compiled-set.ts";

type Listed = Map<string, CompiledPolicy[]>;

/** Returns the index of compiled policies over so many resources. */
export function indexSubjects(
  policies: readonly CompiledPolicy[],
  resourceCount: number,
): Pick<PolicySet, "bySubject" | "coverage"> {
  const everyone: CompiledPolicy[] = [];
  const keys = {
    groups: newList(),
    users: newList(),
    devices: newList(),
    tags: newList(),
    serviceAccounts: newList(),
  };
  for (const policy of policies) {
    const { subjects } = policy.definition;
    for (const group of new Set(subjects.groups)) {
      if (group === "*") everyone.push(policy);
      else append(keys.groups, group, policy);
    }
    for (const user of new Set(subjects.users)) append(keys.users, user, policy);
    for (const device of new Set(subjects.devices)) append(keys.devices, device, policy);
    for (const tag of new Set(subjects.tags)) append(keys.tags, tag, policy);
    for (const account of new Set(subjects.serviceAccounts)) {
      append(keys.serviceAccounts, account, policy);
    }
  }
  const lists: SubjectPolicies[] = [];
  let rowWords = 0;
  const listOf = (listed: readonly CompiledPolicy[]): SubjectPolicies => {
    const list = makeList(listed, rowWords);
    rowWords += list.words;
    lists.push(list);
    return list;
  };
  const listsOf = (index: Listed) =>
    new Map([...index].map(([key, listed]) => [key, listOf(listed)]));
  const bySubject: SubjectIndex = {
    everyone: everyone.length === 0 ? undefined : listOf(everyone),
    groups: listsOf(keys.groups),
    users: listsOf(keys.users),
    devices: listsOf(keys.devices),
    tags: listsOf(keys.tags),
    serviceAccounts: listsOf(keys.serviceAccounts),
  };
  return { bySubject, coverage: { rowWords, masks: cover(lists, rowWords, resourceCount) } };
}

function newList(): Listed {
  return new Map();
}

function append(index: Listed, key: string, policy: CompiledPolicy): void {
  const listed = index.get(key);
  if (listed === undefined) index.set(key, [policy]);
  else listed.push(policy);
}

function makeList(policies: readonly CompiledPolicy[], offset: number): SubjectPolicies {
  const slots = policies.flatMap(({ edges }) => edges.slots);
  const slotBits = new Uint32Array(Math.ceil((Math.max(0, ...slots) + 1) / 32));
  for (const slot of slots) setBit(slotBits, slot);
  return {
    policies,
    words: Math.ceil(policies.length / 32),
    offset,
    slotBits,
    clocks: [...new Set(policies.flatMap(({ edges }) => edges.clocks))],
    conditions: layOut(policies.map(conjunctionOf)),
  };
}

function cover(
  lists: readonly SubjectPolicies[],
  rowWords: number,
  resourceCount: number,
): Uint32Array {
  const masks = new Uint32Array(resourceCount * rowWords);
  for (const { policies, offset } of lists) {
    policies.forEach((policy, place) => {
      forEachBit(policy.resources, (resource) => {
        const index = resource * rowWords + offset + (place >>> 5);
        masks[index] = (masks[index] ?? 0) | (1 << (place & 31));
      });
    });
  }
  return masks;
}

function setBit(bits: Uint32Array, place: number): void {
  bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
}

function conjunctionOf({ condition }: CompiledPolicy): Conjunction {
  if (condition === null) return { intervals: [], rest: [] };
  return condition.conjunction ?? { intervals: [], rest: [condition.test] };
}

function forEachBit(bits: Uint32Array, visit: (index: number) => void): void {
  bits.forEach((word, index) => {
    for (let mask = word; mask !== 0; mask &= mask - 1) {
      visit(index * 32 + 31 - Math.clz32(mask & -mask));
    }
  });
}
