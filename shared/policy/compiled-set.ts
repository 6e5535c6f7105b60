/** A policy set ready for decisions: closures, an index from subject to policies, resource bitsets. */
import type { Test } from "./frame.ts";
import type { Condition } from "./condition.ts";
import type { LevelDefinition, PolicyDefinition, ResourceDefinition } from "./document.ts";
import type { Conjunction, Conjunctions } from "./conjunction.ts";
import type { FactSheets } from "./fact-sheet.ts";
import type { Frame } from "./frame.ts";
import type { Input } from "./input.ts";
import type { RiskWeights } from "./risk.ts";
import type { Slot } from "./slot.ts";

/** A condition with its closure; the parts are kept for explanations. */
export interface CompiledCondition {
  readonly condition: Condition;
  readonly test: Test;
  readonly conjunction?: Conjunction | undefined;
  readonly clock?: ((frame: Frame) => number) | undefined;
  readonly parts: readonly CompiledCondition[];
}

/** What ends a verdict by itself: facts (by slot) and clock edges (closures that return an instant). */
export interface Edges {
  readonly slots: readonly number[];
  readonly clocks: readonly ((frame: Frame) => number)[];
}

/** A policy with its condition (null = always) and the bitset of the resources it speaks about. */
export interface CompiledPolicy {
  readonly definition: PolicyDefinition;
  readonly condition: CompiledCondition | null;
  readonly enforced: boolean;
  readonly applies: readonly [toUsers: boolean, toDevices: boolean];
  readonly resources: Uint32Array;
  readonly edges: Edges;
}

/** A level with its condition. */
export interface CompiledLevel {
  readonly definition: LevelDefinition;
  readonly condition: CompiledCondition;
  readonly edges: Edges;
}

/**
 * The policies of one subject key. Its words in a row of the coverage stand from `offset` on: bit n
 * says that policy n covers the resource; condition n is that of policy n. `slotBits` and `clocks`
 * are the edges of all policies together.
 */
export interface SubjectPolicies {
  readonly policies: readonly CompiledPolicy[];
  readonly words: number;
  readonly offset: number;
  readonly slotBits: Uint32Array;
  readonly clocks: Edges["clocks"];
  readonly conditions: Conjunctions;
}

/** Where subjects find their policies, by raw name: nothing is put together at decision time. */
export interface SubjectIndex {
  readonly everyone: SubjectPolicies | undefined;
  readonly groups: ReadonlyMap<string, SubjectPolicies>;
  readonly users: ReadonlyMap<string, SubjectPolicies>;
  readonly devices: ReadonlyMap<string, SubjectPolicies>;
  readonly tags: ReadonlyMap<string, SubjectPolicies>;
  readonly serviceAccounts: ReadonlyMap<string, SubjectPolicies>;
}

/** A compiled set; a value like any other: nothing in it changes by being used. */
export interface PolicySet {
  readonly slots: readonly Slot[];
  readonly slotIndex: ReadonlyMap<string, number>;
  /** What is remembered of inputs that were seen, which are never changed; it changes no answer. */
  readonly sheets: FactSheets;
  readonly subjectLists: WeakMap<Input, readonly SubjectPolicies[]>;
  readonly riskWeights: RiskWeights;
  readonly resources: readonly ResourceDefinition[];
  readonly resourceIndex: ReadonlyMap<string, number>;
  readonly levels: readonly CompiledLevel[];
  readonly policies: readonly CompiledPolicy[];
  readonly bySubject: SubjectIndex;
  /** One row per resource with the words of all subject keys: what one decision reads lies together. */
  readonly coverage: { readonly rowWords: number; readonly masks: Uint32Array };
}
