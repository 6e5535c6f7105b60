/** A policy set ready for decisions: closures, an index from subject to policies, resource bitsets. */
import type { CatalogueEntry } from "../posture/catalogue-entry.ts";
import type { Condition } from "./condition.ts";
import type { LevelDefinition, PolicyDefinition, ResourceDefinition } from "./document.ts";
import type { Frame } from "./frame.ts";
import type { Truth } from "./truth.ts";

/** Answers a condition over a frame. */
export type Test = (frame: Frame) => Truth;

/** A condition with its closure; the parts are kept for explanations. */
export interface CompiledCondition {
  readonly condition: Condition;
  readonly test: Test;
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
  readonly resources: Uint32Array;
  readonly edges: Edges;
}

/** A level with its condition. */
export interface CompiledLevel {
  readonly definition: LevelDefinition;
  readonly condition: CompiledCondition;
  readonly edges: Edges;
}

/** A compiled set; a value like any other: nothing in it changes by being used. */
export interface PolicySet {
  readonly slots: readonly CatalogueEntry[];
  readonly resources: readonly ResourceDefinition[];
  readonly resourceIndex: ReadonlyMap<string, number>;
  readonly levels: readonly CompiledLevel[];
  readonly policies: readonly CompiledPolicy[];
  /** Policies by subject key: `*`, `g:group`, `u:user`, `d:device`, `t:tag`. */
  readonly bySubject: ReadonlyMap<string, readonly CompiledPolicy[]>;
}
