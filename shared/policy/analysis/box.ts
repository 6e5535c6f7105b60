/** Conditions as unions of boxes (disjunctive normal form): what linting and examples compute with. */
import type { Condition } from "../condition.ts";
import { complement, intersect, isEmpty, isWithin, type Range, without } from "./range.ts";
import { type Space, type Statement, statementsOf } from "./variables.ts";

/** A product of ranges; a variable that is not named may be anything, even unknown. */
export type Box = ReadonlyMap<string, Range>;

/** Above so many boxes a condition is not judged: the form can grow without bound. */
const boxesMax = 64;

const everything: readonly Box[] = [new Map()];

/** Returns the boxes in which a condition surely holds (or surely fails), or null where there are too many. */
export function boxesOf(
  condition: Condition | undefined,
  space: Space,
  holds = true,
): readonly Box[] | null {
  if (condition === undefined) return holds ? everything : [];
  switch (condition.kind) {
    case "all":
    case "any": {
      const parts = condition.of.map((part) => boxesOf(part, space, holds));
      return (condition.kind === "all") === holds ? productOf(parts) : unionOf(parts);
    }
    case "not":
      return boxesOf(condition.of, space, !holds);
    case "level":
      return boxesOf(space.levels.get(condition.level)?.when, space, holds);
    case "signal":
    case "risk":
    case "elevation":
    case "groups":
    case "time":
    case "country":
    case "network":
    case "until":
      return boxesOfStatements(statementsOf(condition, space), holds);
  }
}

function boxesOfStatements(statements: readonly Statement[], holds: boolean): readonly Box[] {
  if (holds) {
    return statements.flatMap(({ variable, range }) =>
      isEmpty(range) ? [] : [new Map([[variable, range]])],
    );
  }
  const negated = statements.map(({ variable, range, domain }): readonly Box[] => {
    const rest = complement(range, domain);
    return isEmpty(rest) ? [] : [new Map([[variable, rest]])];
  });
  return productOf(negated) ?? [];
}

/** Returns the union of lists of boxes, without those that lie in another, or null where it is too large. */
function unionOf(parts: readonly (readonly Box[] | null)[]): readonly Box[] | null {
  const all: Box[] = [];
  for (const part of parts) {
    if (part === null) return null;
    for (const box of part) {
      if (!all.some((other) => isBoxWithin(box, other))) all.push(box);
    }
    if (all.length > boxesMax) return null;
  }
  return all;
}

/** Returns the intersection of unions of boxes, or null where it is too large. */
export function productOf(parts: readonly (readonly Box[] | null)[]): readonly Box[] | null {
  let product: readonly Box[] = everything;
  for (const part of parts) {
    if (part === null) return null;
    const next: Box[] = [];
    for (const left of product) {
      for (const right of part) {
        const both = intersectBoxes(left, right);
        if (both !== null && !next.some((other) => isBoxWithin(both, other))) next.push(both);
      }
    }
    if (next.length > boxesMax) return null;
    product = next;
  }
  return product;
}

function intersectBoxes(left: Box, right: Box): Box | null {
  const both = new Map(left);
  for (const [variable, range] of right) {
    const other = both.get(variable);
    const shared = other === undefined ? range : intersect(other, range);
    if (isEmpty(shared)) return null;
    both.set(variable, shared);
  }
  return both;
}

/** Tells whether all of `inner` lies in `outer`. */
function isBoxWithin(inner: Box, outer: Box): boolean {
  for (const [variable, range] of outer) {
    const own = inner.get(variable);
    if (own === undefined || !isWithin(own, range)) return false;
  }
  return true;
}

/** Tells whether all of `inner` lies in the union of `outer`; false also where that takes too many cuts. */
export function areCovered(inner: readonly Box[], outer: readonly Box[]): boolean {
  let left: readonly Box[] = inner;
  for (const other of outer) {
    left = left.flatMap((box) => cut(box, other));
    if (left.length > boxesMax) return false;
  }
  return left.length === 0;
}

/**
 * Returns what of a box is not in another, in parts. Where only the other names a variable, the
 * unknown values stay, and whatever covers those covers all values: nothing is cut off then.
 */
function cut(box: Box, other: Box): readonly Box[] {
  if (intersectBoxes(box, other) === null) return [box];
  for (const variable of other.keys()) if (!box.has(variable)) return [box];
  const parts: Box[] = [];
  const rest = new Map(box);
  for (const [variable, range] of other) {
    const own = rest.get(variable) ?? range;
    const outside = without(own, range);
    if (!isEmpty(outside)) parts.push(new Map(rest).set(variable, outside));
    rest.set(variable, intersect(own, range));
  }
  return parts;
}
