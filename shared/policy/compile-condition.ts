/** From condition trees to closures that return three-valued truths and keep their parts for explanations. */
import type { CompiledCondition, Edges } from "./compiled-set.ts";
import type { Test } from "./frame.ts";
import { compileLeaf, type WindowOf } from "./compile-leaf.ts";
import type { Condition } from "./condition.ts";
import { type Conjunction, conjunctionTest, intervalTest } from "./conjunction.ts";
import type { Frame } from "./frame.ts";
import {
  boundsOf,
  compileSignal,
  type IntervalLeaf,
  intervalOf,
  type SignalPlace,
} from "./compile-signal.ts";
import { negate, no, type Truth, unknown, yes } from "./truth.ts";

/** What closures are bound to: the slot of a signal, the compiled condition of a level. */
export interface Binding {
  readonly windowOf: WindowOf;
  readonly riskSlotOf: (score: "session" | "identity") => number;
  readonly placeOf: (signal: string) => SignalPlace;
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
      if (condition.kind === "any") return { condition, test: anyOf(parts), parts };
      const conjunction = joined(parts);
      return { condition, test: conjunctionTest(conjunction), conjunction, parts };
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
      const place = binding.placeOf(condition.signal);
      const interval = intervalOf(condition, place);
      if (interval !== null) return compileInterval(condition, interval);
      return { condition, test: compileSignal(condition, place), parts: [] };
    }
    case "risk": {
      const slot = binding.riskSlotOf(condition.score);
      return compileInterval(condition, {
        slot,
        ...boundsOf(condition.operator, condition.operand),
      });
    }
    case "elevation":
    case "groups":
    case "time":
    case "country":
    case "network":
    case "until": {
      const { test, clock } = compileLeaf(condition, binding.windowOf);
      return { condition, test, clock, parts: [] };
    }
  }
}

/** Returns what can change the condition's answer by time alone, over the whole tree. */
export function edgesOf(condition: CompiledCondition, binding: Binding): Edges {
  const slots = new Set<number>();
  const clocks: ((frame: Frame) => number)[] = [];
  const visit = (part: CompiledCondition): void => {
    const leaf = part.condition;
    if (leaf.kind === "signal") slots.add(binding.placeOf(leaf.signal).slot);
    if (part.clock !== undefined) clocks.push(part.clock);
    part.parts.forEach(visit);
  };
  visit(condition);
  return { slots: [...slots], clocks };
}

function compileInterval(condition: Condition, interval: IntervalLeaf): CompiledCondition {
  const { slot, least, most } = interval;
  const conjunction = { intervals: [slot, least, most], rest: [] };
  return { condition, test: intervalTest(interval), conjunction, parts: [] };
}

/** An "all" inside an "all" adds its parts: the order of a conjunction does not matter. */
function joined(parts: readonly CompiledCondition[]): Conjunction {
  return {
    intervals: parts.flatMap(({ conjunction }) => conjunction?.intervals ?? []),
    rest: parts.flatMap(({ conjunction, test }) =>
      conjunction === undefined ? [test] : conjunction.rest,
    ),
  };
}

function anyOf(parts: readonly CompiledCondition[]): Test {
  const tests = parts.map((part) => part.test);
  return (frame) => {
    let result: Truth = no;
    for (let index = 0; index < tests.length; index++) {
      const truth = (tests[index] as Test)(frame);
      if (truth === yes) return yes;
      if (truth === unknown) result = unknown;
    }
    return result;
  };
}

function remembered(index: number, test: Test): Test {
  return (frame) => (frame.levels[index] ??= test(frame));
}
