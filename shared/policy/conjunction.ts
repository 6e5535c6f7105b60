/**
 * Conditions that must all hold, as rows of one flat list: most conditions are bounds on numbers,
 * and those run without a call and along one stretch of memory.
 */
import type { Test } from "./frame.ts";
import type { IntervalLeaf } from "./compile-signal.ts";
import { unjudged } from "./fact-sheet.ts";
import { type Frame, judgeSlot } from "./frame.ts";
import { no, type Truth, unknown, yes } from "./truth.ts";

/** A conjunction in parts: intervals as (slot, least, most) in a row, and whatever else must hold. */
export interface Conjunction {
  readonly intervals: readonly number[];
  readonly rest: readonly Test[];
}

/** Many conjunctions in one list; conjunction n has the intervals from `starts[n]` to `starts[n + 1]`. */
export interface Conjunctions {
  readonly program: Float64Array;
  readonly starts: Int32Array;
  readonly rests: readonly (Test | null)[];
}

/** Lays conjunctions out one after the other. */
export function layOut(conjunctions: readonly Conjunction[]): Conjunctions {
  const starts = new Int32Array(conjunctions.length + 1);
  conjunctions.forEach(({ intervals }, index) => {
    starts[index + 1] = (starts[index] ?? 0) + intervals.length;
  });
  return {
    program: Float64Array.from(conjunctions.flatMap(({ intervals }) => intervals)),
    starts,
    rests: conjunctions.map(({ rest }) => (rest.length === 0 ? null : restTest(rest))),
  };
}

function restTest(tests: readonly Test[]): Test {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
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

/** Returns one interval as a closure. */
export function intervalTest({ slot, least, most }: IntervalLeaf): Test {
  return (frame) => {
    const held = frame.codes[slot] as number;
    const code = held === unjudged ? judgeSlot(frame, slot) : held;
    if (code >= least && code <= most) return yes;
    return Number.isNaN(code) ? unknown : no;
  };
}

/** Returns one conjunction as a closure. */
export function conjunctionTest(conjunction: Conjunction): Test {
  const laidOut = layOut([conjunction]);
  return (frame) => truthAt(laidOut, 0, frame);
}

/** Returns the truth of conjunction `index`. */
export function truthAt(conjunctions: Conjunctions, index: number, frame: Frame): Truth {
  const { program, starts, rests } = conjunctions;
  const { codes } = frame;
  const end = starts[index + 1] as number;
  let result: Truth = yes;
  for (let place = starts[index] as number; place < end; place += 3) {
    const slot = program[place] as number;
    let code = codes[slot] as number;
    if (code === unjudged) code = judgeSlot(frame, slot);
    if (code >= (program[place + 1] as number) && code <= (program[place + 2] as number)) continue;
    if (!Number.isNaN(code)) return no;
    result = unknown;
  }
  const rest = rests[index];
  if (rest === null || rest === undefined) return result;
  const truth = rest(frame);
  return truth === yes ? result : truth;
}
