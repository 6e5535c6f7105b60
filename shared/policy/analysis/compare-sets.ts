/** What two sets open differently for one input: the question behind plans, shadows and roll-outs. */
import type { PolicySet } from "../compiled-set.ts";
import { type Reach, reachOf } from "../decide.ts";
import type { Input } from "../input.ts";

/** A set in force and one that may follow it. */
export interface SetPair {
  readonly before: PolicySet;
  readonly after: PolicySet;
}

/** What a device may do with a resource. */
export type Access = "open" | "stepUp" | "closed";

/** One resource that the two sets answer differently. */
export interface AccessDifference {
  readonly resource: string;
  readonly before: Access;
  readonly after: Access;
}

/** Both answers to one input; `openBefore` and `openAfter` count resources that are not closed, `either` those of one or both. */
export interface Comparison {
  readonly differences: readonly AccessDifference[];
  readonly openBefore: number;
  readonly openAfter: number;
  readonly either: number;
}

/** Compares one input; made once per pair, so that names are matched once. */
export type Compare = (input: Input) => Comparison;

/** Returns the comparison of two sets; each call costs two reaches. */
export function makeComparison({ before, after }: SetPair): Compare {
  const pairs = resourcePairs(before, after);
  return (input) => {
    const [old, next] = [reachOf(before, input), reachOf(after, input)];
    const differences: AccessDifference[] = [];
    const counts = { openBefore: 0, openAfter: 0, either: 0 };
    for (const { resource, beforeIndex, afterIndex } of pairs) {
      const [from, to] = [accessOf(old, beforeIndex), accessOf(next, afterIndex)];
      if (from !== "closed") counts.openBefore += 1;
      if (to !== "closed") counts.openAfter += 1;
      if (from !== "closed" || to !== "closed") counts.either += 1;
      if (from !== to) differences.push({ resource, before: from, after: to });
    }
    return { differences, ...counts };
  };
}

/** Tells whether a difference takes something away; a step-up that is new does. */
export function isLoss({ before, after }: Pick<AccessDifference, "before" | "after">): boolean {
  return rank(after) < rank(before);
}

function rank(access: Access): number {
  return access === "open" ? 2 : access === "stepUp" ? 1 : 0;
}

interface ResourcePair {
  readonly resource: string;
  readonly beforeIndex: number | undefined;
  readonly afterIndex: number | undefined;
}

function resourcePairs(before: PolicySet, after: PolicySet): readonly ResourcePair[] {
  const names = new Set([...before.resourceIndex.keys(), ...after.resourceIndex.keys()]);
  return [...names].sort().map((resource) => ({
    resource,
    beforeIndex: before.resourceIndex.get(resource),
    afterIndex: after.resourceIndex.get(resource),
  }));
}

function accessOf(reach: Reach, index: number | undefined): Access {
  if (index === undefined) return "closed";
  const bit = 1 << (index & 31);
  if (((reach.allow[index >>> 5] ?? 0) & bit) !== 0) return "open";
  return ((reach.stepUp[index >>> 5] ?? 0) & bit) !== 0 ? "stepUp" : "closed";
}
