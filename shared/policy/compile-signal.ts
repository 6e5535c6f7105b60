/** Signal leaves as closures: one small function per operator, because they run by the million. */
import type { SignalValue } from "../posture/fact.ts";
import type { Test } from "./compiled-set.ts";
import type { Operand, SignalCondition, SignalTest } from "./condition.ts";
import { type Frame, type SlotView, viewOf } from "./frame.ts";
import { no, type Truth, unknown, yes } from "./truth.ts";
import { compareVersions, parseVersion } from "./version-order.ts";

/** Where a leaf finds its signal, and the type that the catalogue gives it. */
export interface SignalPlace {
  readonly slot: number;
  readonly type: string;
}

/** Returns a signal leaf as a closure over its slot; anything but a fitting fresh value is unknown. */
export function compileSignal(condition: SignalCondition, place: SignalPlace): Test {
  const { slot, type } = place;
  const { test } = condition;
  const otherwise = condition.orNotApplicable ? applicable : alwaysUnknown;
  if (type === "version") return holdsTest(slot, versionHolds(test), otherwise);
  if (test.operator === "in") {
    const operands = new Set<SignalValue>(test.operands);
    return holdsTest(slot, (value) => operands.has(value), otherwise);
  }
  const { operator, operand } = test;
  switch (operator) {
    case "is":
      return (frame) => {
        const view = viewOf(frame, slot);
        if (view.kind !== "known") return otherwise(view);
        return view.value === operand ? yes : no;
      };
    case "contains":
      return holdsTest(slot, (value) => Array.isArray(value) && value.includes(operand), otherwise);
    case "atLeast":
    case "atMost":
    case "above":
    case "below":
      return boundsTest(slot, boundsOf(operator, Number(operand)), otherwise);
  }
}

function alwaysUnknown(): Truth {
  return unknown;
}

function applicable(view: SlotView): Truth {
  return view.kind === "notApplicable" ? yes : unknown;
}

type Otherwise = (view: SlotView) => Truth;

function holdsTest(
  slot: number,
  holds: (value: SignalValue) => boolean,
  otherwise: Otherwise,
): Test {
  return (frame: Frame) => {
    const view = viewOf(frame, slot);
    if (view.kind !== "known") return otherwise(view);
    return holds(view.value) ? yes : no;
  };
}

/** All four orders are one inclusive interval, since integers are whole. */
function boundsOf(operator: "atLeast" | "atMost" | "above" | "below", operand: number): Bounds {
  switch (operator) {
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

interface Bounds {
  readonly least: number;
  readonly most: number;
}

function boundsTest(slot: number, { least, most }: Bounds, otherwise: Otherwise): Test {
  return (frame) => {
    const view = viewOf(frame, slot);
    if (view.kind !== "known") return otherwise(view);
    const value = view.value as number;
    return value >= least && value <= most ? yes : no;
  };
}

function versionHolds(test: SignalTest): (value: SignalValue) => boolean {
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
