/** Builds the index from subject keys to policies, with the resources that each covers turned sideways. */
import { type Conjunction, layOut } from "./conjunction.ts";
import type { CompiledPolicy, Edges, SubjectIndex, SubjectPolicies } from "./compiled-set.ts";

/** Returns the index of compiled policies over so many resources. */
export function indexSubjects(
  policies: readonly CompiledPolicy[],
  resourceCount: number,
): SubjectIndex {
  const everyone: CompiledPolicy[] = [];
  const groups = new Map<string, CompiledPolicy[]>();
  const users = new Map<string, CompiledPolicy[]>();
  const devices = new Map<string, CompiledPolicy[]>();
  const tags = new Map<string, CompiledPolicy[]>();
  for (const policy of policies) {
    const { subjects } = policy.definition;
    for (const group of new Set(subjects.groups)) {
      if (group === "*") everyone.push(policy);
      else append(groups, group, policy);
    }
    for (const user of new Set(subjects.users)) append(users, user, policy);
    for (const device of new Set(subjects.devices)) append(devices, device, policy);
    for (const tag of new Set(subjects.tags)) append(tags, tag, policy);
  }
  const lists = (index: ReadonlyMap<string, CompiledPolicy[]>) =>
    new Map([...index].map(([key, listed]) => [key, listOf(listed, resourceCount)]));
  return {
    everyone: everyone.length === 0 ? undefined : listOf(everyone, resourceCount),
    groups: lists(groups),
    users: lists(users),
    devices: lists(devices),
    tags: lists(tags),
  };
}

function append(index: Map<string, CompiledPolicy[]>, key: string, policy: CompiledPolicy): void {
  const listed = index.get(key);
  if (listed === undefined) index.set(key, [policy]);
  else listed.push(policy);
}

function listOf(policies: readonly CompiledPolicy[], resourceCount: number): SubjectPolicies {
  const words = Math.ceil(policies.length / 32);
  const masks = new Uint32Array(resourceCount * words);
  policies.forEach((policy, place) => {
    const bit = 1 << (place & 31);
    forEachBit(policy.resources, (resource) => {
      const index = resource * words + (place >>> 5);
      masks[index] = (masks[index] ?? 0) | bit;
    });
  });
  const edges = unionOf(policies.map((policy) => policy.edges));
  return { policies, words, masks, edges, conditions: layOut(policies.map(conjunctionOf)) };
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

function unionOf(edges: readonly Edges[]): Edges {
  return {
    slots: [...new Set(edges.flatMap(({ slots }) => slots))],
    clocks: [...new Set(edges.flatMap(({ clocks }) => clocks))],
  };
}
