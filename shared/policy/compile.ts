/** From documents to a set that decides; refuses the whole on the first thing that is not sure. */
import type { CatalogueEntry } from "../posture/catalogue-entry.ts";
import { checkDocuments } from "./check-documents.ts";
import { type Binding, compileCondition, edgesOf } from "./compile-condition.ts";
import type { CompiledLevel, CompiledPolicy, Edges, PolicySet } from "./compiled-set.ts";
import type { DocumentError } from "./document-error.ts";
import type {
  LevelDefinition,
  PolicyDefinition,
  PolicyDocument,
  ResourceDefinition,
} from "./document.ts";

/** What became of a set of documents. */
export type CompileResult =
  | { readonly kind: "compiled"; readonly set: PolicySet }
  | { readonly kind: "refused"; readonly errors: readonly DocumentError[] };

/** Checks and compiles documents; the order of files and of entries never matters to decisions. */
export function compilePolicies(
  documents: readonly PolicyDocument[],
  catalogue: readonly CatalogueEntry[],
): CompileResult {
  const errors = checkDocuments(documents, catalogue);
  if (errors.length > 0) return { kind: "refused", errors };
  const resources = sorted(
    documents.flatMap((document) => document.resources),
    nameOf,
  );
  const levels = sorted(
    documents.flatMap((document) => document.levels),
    nameOf,
  );
  const policies = sorted(
    documents.flatMap((document) => document.policies),
    idOf,
  );
  const binding = makeBinding(catalogue, levels);
  const compiled = policies.map((policy) => compilePolicy(policy, resources, binding));
  const set: PolicySet = {
    slots: catalogue,
    resources,
    resourceIndex: new Map(resources.map((resource, index) => [resource.name, index])),
    levels: levels.map((level): CompiledLevel => {
      const { condition } = binding.levelOf(level.name);
      return { definition: level, condition, edges: edgesOf(condition, binding) };
    }),
    policies: compiled,
    bySubject: indexSubjects(compiled),
  };
  return { kind: "compiled", set };
}

const nameOf = (named: { readonly name: string }): string => named.name;
const idOf = (policy: PolicyDefinition): string => policy.id;

function sorted<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...items].sort((left, right) => (key(left) < key(right) ? -1 : 1));
}

function makeBinding(
  catalogue: readonly CatalogueEntry[],
  levels: readonly LevelDefinition[],
): Binding {
  const slots = new Map(catalogue.map((entry, slot) => [entry.signal, { slot, entry }]));
  const compiled = new Map<string, ReturnType<Binding["levelOf"]>>();
  const binding: Binding = {
    slotOf: (signal) => slots.get(signal)?.slot ?? -1,
    typeOf: (signal) => slots.get(signal)?.entry.type ?? "string",
    levelOf: (name) => {
      const known = compiled.get(name);
      if (known !== undefined) return known;
      const index = levels.findIndex((level) => level.name === name);
      const level = levels[index];
      if (level === undefined) throw new Error(`broken promise: level ${name} was checked`);
      const made = { index, condition: compileCondition(level.when, binding) };
      compiled.set(name, made);
      return made;
    },
  };
  return binding;
}

const noEdges: Edges = { slots: [], clocks: [] };

function compilePolicy(
  definition: PolicyDefinition,
  resources: readonly ResourceDefinition[],
  binding: Binding,
): CompiledPolicy {
  const condition =
    definition.when === undefined ? null : compileCondition(definition.when, binding);
  return {
    definition,
    condition,
    resources: resourceBits(definition, resources),
    edges: condition === null ? noEdges : edgesOf(condition, binding),
  };
}

function resourceBits(
  policy: PolicyDefinition,
  resources: readonly ResourceDefinition[],
): Uint32Array {
  const bits = new Uint32Array(Math.ceil(resources.length / 32));
  const names = new Set(policy.resources.names);
  const tags = new Set(policy.resources.tags);
  resources.forEach((resource, index) => {
    const chosen =
      tags.has("*") || names.has(resource.name) || resource.tags.some((tag) => tags.has(tag));
    if (chosen) bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
  });
  return bits;
}

function indexSubjects(
  policies: readonly CompiledPolicy[],
): ReadonlyMap<string, readonly CompiledPolicy[]> {
  const index = new Map<string, CompiledPolicy[]>();
  for (const policy of policies) {
    for (const key of subjectKeys(policy.definition)) {
      const listed = index.get(key);
      if (listed === undefined) index.set(key, [policy]);
      else listed.push(policy);
    }
  }
  return index;
}

function subjectKeys(policy: PolicyDefinition): ReadonlySet<string> {
  const { groups, users, devices, tags } = policy.subjects;
  return new Set([
    ...groups.map((group) => (group === "*" ? "*" : `g:${group}`)),
    ...users.map((user) => `u:${user}`),
    ...devices.map((device) => `d:${device}`),
    ...tags.map((tag) => `t:${tag}`),
  ]);
}
