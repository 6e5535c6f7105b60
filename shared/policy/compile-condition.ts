/** From condition trees to closures that return three-valued truths and never short their audit trail. */
import type { CompiledCondition, Edges, Test } from "./compiled-set.ts";
import type { Condition, ElevationCondition, RiskCondition } from "./condition.ts";
import { type Frame, neverAt } from "./frame.ts";
import { compileSignal } from "./compile-signal.ts";
import { negate, no, type Truth, unknown, yes } from "./truth.ts";

/** What closures are bound to: the slot of a signal, the compiled condition of a level. */
export interface Binding {
  readonly slotOf: (signal: string) => number;
  readonly typeOf: (signal: string) => string;
  readonly levelOf: (name: string) => {
    readonly index: number;
    readonly condition: CompiledCondition;
  };
}

/** Returns a condition as closures; its names were checked before. */
export function compileCondition(condition: Condition, binding: Binding): CompiledCondition {
  switch (condition.kind) {
    case "all":
    case "any": {
      const parts = condition.of.map((part) => compileCondition(part, binding));
      const tests = parts.map((part) => part.test);
      return { condition, test: condition.kind === "all" ? allOf(tests) : anyOf(tests), parts };
    }
    case "not": {
      const part = compileCondition(condition.of, binding);
      return { condition, test: (frame) => negate(part.test(frame)), parts: [part] };
    }
    case "level": {
      const level = binding.levelOf(condition.level);
      const test = remembered(level.index, level.condition.test);
      return { condition, test, parts: [level.condition] };
    }
    case "signal": {
      const place = {
        slot: binding.slotOf(condition.signal),
        type: binding.typeOf(condition.signal),
      };
      return { condition, test: compileSignal(condition, place), parts: [] };
    }
    case "risk":
      return { condition, test: riskTest(condition), parts: [] };
    case "elevation":
      return { condition, test: elevationTest(condition), parts: [] };
    case "groups":
      return { condition, test: groupsTest(condition.groups), parts: [] };
  }
}

/** Returns what can change the condition's answer by time alone, over the whole tree. */
export function edgesOf(condition: CompiledCondition, binding: Binding): Edges {
  const slots = new Set<number>();
  const clocks: ((frame: Frame) => number)[] = [];
  const visit = (part: CompiledCondition): void => {
    const leaf = part.condition;
    if (leaf.kind === "signal") slots.add(binding.slotOf(leaf.signal));
    if (leaf.kind === "elevation") clocks.push((frame) => elevationEnd(frame, leaf.role));
    part.parts.forEach(visit);
  };
  visit(condition);
  return { slots: [...slots], clocks };
}

function allOf(tests: readonly Test[]): Test {
  return (frame) => {
    let result: Truth = yes;
    for (const test of tests) {
      const truth = test(frame);
      if (truth === no) return no;
      if (truth === unknown) result = unknown;
    }
    return result;
  };
}

function anyOf(tests: readonly Test[]): Test {
  return (frame) => {
    let result: Truth = no;
    for (const test of tests) {
      const truth = test(frame);
      if (truth === yes) return yes;
      if (truth === unknown) result = unknown;
    }
    return result;
  };
}

function remembered(index: number, test: Test): Test {
  return (frame) => (frame.levels[index] ??= test(frame));
}

function riskTest(condition: RiskCondition): Test {
  const { score, operator, operand } = condition;
  return (frame) => {
    const points = frame.input.risk[score];
    if (!Number.isFinite(points)) return unknown;
    switch (operator) {
      case "atLeast":
        return points >= operand ? yes : no;
      case "atMost":
        return points <= operand ? yes : no;
      case "above":
        return points > operand ? yes : no;
      case "below":
        return points < operand ? yes : no;
    }
  };
}

function elevationTest(condition: ElevationCondition): Test {
  return (frame) => (elevationEnd(frame, condition.role) === neverAt ? no : yes);
}

/** Returns the end of the longest live elevation to the role, or `neverAt` where none is live. */
function elevationEnd(frame: Frame, role: string): number {
  const { nowAt, elevations } = frame.input;
  let endAt = 0;
  for (const elevation of elevations) {
    if (elevation.role === role && elevation.untilAt > nowAt) {
      endAt = Math.max(endAt, elevation.untilAt);
    }
  }
  return endAt === 0 ? neverAt : Math.min(endAt, neverAt - 1);
}

function groupsTest(groups: readonly string[]): Test {
  const wanted = new Set(groups);
  return (frame) => {
    const { device, user } = frame.input;
    if (device.groups.some((group) => wanted.has(group))) return yes;
    return user?.groups.some((group) => wanted.has(group)) === true ? yes : no;
  };
}
