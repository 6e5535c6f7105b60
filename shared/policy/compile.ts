/** From documents to a set that decides; refuses the whole on the first thing that is not sure. */
import type { CatalogueEntry } from "../posture/catalogue-entry.ts";
import { checkDocuments } from "./check-documents.ts";
import { type Binding, compileCondition, edgesOf } from "./compile-condition.ts";
import type { CompiledLevel, CompiledPolicy, Edges, PolicySet } from "./compiled-set.ts";
import type { SignalPlace } from "./compile-signal.ts";
import { weightsOf } from "./risk.ts";
import { makeSlot } from "./slot.ts";
import { compileWindow } from "./time-window.ts";
import { indexSubjects } from "./subject-index.ts";
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
  const places = indexResources(resources);
  const compiled = policies.map((policy) =>
    compilePolicy(policy, { bits: resourceBits(policy, places, resources.length), binding }),
  );
  const set: PolicySet = {
    slots: catalogue.map(makeSlot),
    slotIndex: new Map(catalogue.map(({ signal }, slot) => [signal, slot])),
    sheets: new WeakMap(),
    subjectLists: new WeakMap(),
    riskWeights: weightsOf(documents.flatMap(({ riskWeights }) => riskWeights ?? [])),
    resources,
    resourceIndex: new Map(resources.map((resource, index) => [resource.name, index])),
    levels: levels.map((level): CompiledLevel => {
      const { condition } = binding.levelOf(level.name);
      return { definition: level, condition, edges: edgesOf(condition, binding) };
    }),
    policies: compiled,
    ...indexSubjects(compiled, resources.length),
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
  const places = new Map(
    catalogue.map((entry, slot): [string, SignalPlace] => {
      const words = Array.isArray(entry.domain) ? (entry.domain as readonly string[]) : [];
      return [entry.signal, { slot, type: entry.type, words }];
    }),
  );
  const compiled = new Map<string, ReturnType<Binding["levelOf"]>>();
  const windows = new Map<string, ReturnType<typeof compileWindow>>();
  const binding: Binding = {
    windowOf: (window) => {
      const key = JSON.stringify(window);
      const made = windows.get(key) ?? compileWindow(window);
      windows.set(key, made);
      return made;
    },
    riskSlotOf: (score) => catalogue.length + (score === "session" ? 0 : 1),
    placeOf: (signal) => {
      const place = places.get(signal);
      if (place === undefined) throw new Error(`broken promise: signal ${signal} was checked`);
      return place;
    },
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
  context: { readonly bits: Uint32Array; readonly binding: Binding },
): CompiledPolicy {
  const { bits, binding } = context;
  const { types } = definition.subjects;
  const condition =
    definition.when === undefined ? null : compileCondition(definition.when, binding);
  return {
    definition,
    condition,
    enforced: definition.mode === "enforce",
    applies: [
      types.length === 0 || types.includes("user"),
      types.length === 0 || types.includes("device"),
    ],
    resources: bits,
    edges: condition === null ? noEdges : edgesOf(condition, binding),
  };
}

/** Indexes of resources by name and by tag; `*` names them all. */
function indexResources(
  resources: readonly ResourceDefinition[],
): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>([["tag:*", []]]);
  const append = (key: string, place: number): void => {
    const listed = index.get(key);
    if (listed === undefined) index.set(key, [place]);
    else listed.push(place);
  };
  resources.forEach((resource, place) => {
    append(`name:${resource.name}`, place);
    append("tag:*", place);
    for (const tag of resource.tags) append(`tag:${tag}`, place);
  });
  return index;
}

function resourceBits(
  { resources: { names, tags } }: PolicyDefinition,
  index: ReadonlyMap<string, readonly number[]>,
  count: number,
): Uint32Array {
  const bits = new Uint32Array(Math.ceil(count / 32));
  for (const key of [...names.map((name) => `name:${name}`), ...tags.map((tag) => `tag:${tag}`)]) {
    for (const place of index.get(key) ?? []) {
      bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
    }
  }
  return bits;
}
