/** From condition trees to closures that return three-valued truths and keep their parts for explanations. */
import type { CompiledCondition, Edges, Test } from "./compiled-set.ts";
import { compileLeaf, type WindowOf } from "./compile-leaf.ts";
import type { Condition } from "./condition.ts";
import { type Frame, judgeSlot, unjudged } from "./frame.ts";
import { compileSignal, intervalOf, type SignalPlace } from "./compile-signal.ts";
import { negate, no, type Truth, unknown, yes } from "./truth.ts";

/** What closures are bound to: the slot of a signal, the compiled condition of a level. */
export interface Binding {
  readonly windowOf: WindowOf;
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
      const test = condition.kind === "all" ? allOf(parts, binding) : anyOf(parts);
      return { condition, test, parts };
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
      return { condition, test: compileSignal(condition, place), parts: [] };
    }
    case "risk":
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

/** Intervals run as one flat list of (slot, least, most): no call, no object, one stretch of memory. */
function allOf(parts: readonly CompiledCondition[], binding: Binding): Test {
  const intervals: number[] = [];
  const others: Test[] = [];
  for (const { condition, test } of parts) {
    const interval =
      condition.kind === "signal" ? intervalOf(condition, binding.placeOf(condition.signal)) : null;
    if (interval === null) others.push(test);
    else intervals.push(interval.slot, interval.least, interval.most);
  }
  const program = Float64Array.from(intervals);
  return (frame) => {
    const { codes } = frame;
    let result: Truth = yes;
    for (let index = 0; index < program.length; index += 3) {
      const slot = program[index] as number;
      let code = codes[slot] as number;
      if (code === unjudged) code = judgeSlot(frame, slot);
      if (code >= (program[index + 1] as number) && code <= (program[index + 2] as number))
        continue;
      if (!Number.isNaN(code)) return no;
      result = unknown;
    }
    for (let index = 0; index < others.length; index++) {
      const truth = (others[index] as Test)(frame);
      if (truth === no) return no;
      if (truth === unknown) result = unknown;
    }
    return result;
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
