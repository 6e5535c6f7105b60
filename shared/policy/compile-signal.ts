import type { SignalValue } from "../posture/fact.ts";
import type { Test } from "./compiled-set.ts";
import type { Operand, SignalCondition, SignalTest } from "./condition.ts";
import { viewOf } from "./frame.ts";
import { no, unknown, yes } from "./truth.ts";
import { compareVersions, parseVersion } from "./version-order.ts";

type Holds = (value: SignalValue) => boolean;

/** Returns a signal leaf as a closure over its slot; anything but a fitting fresh value is unknown. */
export function compileSignal(
  condition: SignalCondition,
  place: { readonly slot: number; readonly type: string },
): Test {
  const { slot } = place;
  const { orNotApplicable } = condition;
  const holds =
    place.type === "version" ? versionHolds(condition.test) : plainHolds(condition.test);
  return (frame) => {
    const view = viewOf(frame, slot);
    if (view.kind === "known") return holds(view.value) ? yes : no;
    return orNotApplicable && view.kind === "notApplicable" ? yes : unknown;
  };
}

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
