/** Signal leaves as closures: most are an interval of numbers, because they run by the million. */
import type { CatalogueEntry } from "../posture/catalogue-entry.ts";
import type { SignalValue } from "../posture/fact.ts";
import type { Test } from "./frame.ts";
import type { Operand, SignalCondition, SignalTest } from "./condition.ts";
import { viewOf } from "./frame.ts";
import { no, unknown, yes } from "./truth.ts";
import { compareVersions, parseVersion } from "./version-order.ts";

/** Where a leaf finds its signal, with the type and, for an enum, the words of the catalogue. */
export interface SignalPlace {
  readonly slot: number;
  readonly type: CatalogueEntry["type"];
  readonly words: readonly string[];
}

/** A leaf that holds exactly where a slot's code lies within inclusive bounds: the common case. */
export interface IntervalLeaf {
  readonly slot: number;
  readonly least: number;
  readonly most: number;
}

/** Returns the leaf as an interval of codes, or null where it is not one. */
export function intervalOf(condition: SignalCondition, place: SignalPlace): IntervalLeaf | null {
  const { slot, type, words } = place;
  const { test, orNotApplicable } = condition;
  if (orNotApplicable) return null;
  if (type === "enum")
    return wordInterval(
      slot,
      operandsOf(test).map((word) => words.indexOf(String(word))),
    );
  if (test.operator === "in" || test.operator === "contains") return null;
  if (type === "bool") {
    const code = test.operand === true ? 1 : 0;
    return { slot, least: code, most: code };
  }
  return type === "int" ? { slot, ...boundsOf(test.operator, Number(test.operand)) } : null;
}

function operandsOf(test: SignalTest): readonly Operand[] {
  return test.operator === "in" ? test.operands : [test.operand];
}

/** Words that are neighbours in the domain are one interval. */
function wordInterval(slot: number, places: readonly number[]): IntervalLeaf | null {
  const [least, most] = [Math.min(...places), Math.max(...places)];
  return new Set(places).size === most - least + 1 ? { slot, least, most } : null;
}

/** All orders are one inclusive interval, since integers are whole. */
export function boundsOf(
  operator: "is" | "atLeast" | "atMost" | "above" | "below",
  operand: number,
): { least: number; most: number } {
  switch (operator) {
    case "is":
      return { least: operand, most: operand };
    case "atLeast":
      return { least: operand, most: Infinity };
    case "above":
      return { least: operand + 1, most: Infinity };
    case "atMost":
      return { least: -Infinity, most: operand };
    case "below":
      return { least: -Infinity, most: operand - 1 };
  }
}

/** Returns a leaf that is no interval as a closure over its slot; anything but a fitting fresh value is unknown. */
export function compileSignal(condition: SignalCondition, place: SignalPlace): Test {
  const { slot, type } = place;
  const holds = type === "version" ? versionHolds(condition.test) : plainHolds(condition.test);
  const { orNotApplicable } = condition;
  return (frame) => {
    const view = viewOf(frame, slot);
    if (view.kind === "known") return holds(view.value) ? yes : no;
    return orNotApplicable && view.kind === "notApplicable" ? yes : unknown;
  };
}

type Holds = (value: SignalValue) => boolean;

function plainHolds(test: SignalTest): Holds {
  if (test.operator === "in") {
    const operands = new Set<SignalValue>(test.operands);
    return (value) => operands.has(value);
  }
  const { operator, operand } = test;
  switch (operator) {
    case "is":
      return (value) => value === operand;
    case "contains":
      return (value) => Array.isArray(value) && value.includes(operand);
    case "atLeast":
      return (value) => value >= operand;
    case "atMost":
      return (value) => value <= operand;
    case "above":
      return (value) => value > operand;
    case "below":
      return (value) => value < operand;
  }
}

function versionHolds(test: SignalTest): Holds {
  if (test.operator === "in") {
    const each = test.operands.map((operand) => versionOrder(operand));
    return (value) => each.some((order) => order(value) === 0);
  }
  const order = versionOrder(test.operand);
  switch (test.operator) {
    case "is":
      return (value) => order(value) === 0;
    case "atLeast":
      return (value) => order(value) >= 0;
    case "atMost":
      return (value) => order(value) <= 0;
    case "above":
      return (value) => order(value) > 0;
    case "below":
      return (value) => order(value) < 0;
    case "contains":
      return () => false;
  }
}

function versionOrder(operand: Operand): (value: SignalValue) => number {
  const wanted = parseVersion(String(operand)) ?? [];
  return (value) => compareVersions(parseVersion(String(value)) ?? [], wanted);
}
