/** What one policy says about one frame, with the edges of its whole tree. */
import type { CompiledPolicy, Edges, SubjectPolicies } from "./compiled-set.ts";
import { truthAt } from "./conjunction.ts";
import { neverAt } from "./fact-sheet.ts";
import { type Frame, untilOf } from "./frame.ts";
import { no, type Truth, unknown, yes } from "./truth.ts";

/** `freshUntilAt` ends with a fact, `clockUntilAt` with a clock, an elevation or a window. */
export interface Outcome {
  readonly matched: boolean;
  readonly failed: boolean;
  readonly freshUntilAt: number;
  readonly clockUntilAt: number;
}

/**
 * Evaluates policy `index` of a list. Unknown and a failing evaluation both fail closed: an allow does not match,
 * a deny does.
 */
export function evaluateAt(list: SubjectPolicies, index: number, frame: Frame): Outcome {
  const { edges, definition } = list.policies[index] as CompiledPolicy;
  const denies = definition.effect === "deny";
  try {
    const truth = truthAt(list.conditions, index, frame);
    return {
      matched: truth === yes || (denies && truth === unknown),
      failed: false,
      freshUntilAt: freshUntil(edges, frame),
      clockUntilAt: clockUntil(edges, frame),
    };
  } catch {
    // Carried as `failed` into the decision's errors; the reason stays with whoever can log it.
    const { nowAt } = frame.input;
    return { matched: denies, failed: true, freshUntilAt: nowAt, clockUntilAt: nowAt };
  }
}

/** Tells whether policy `index` of a list matches; as `evaluateAt` does, without edges. */
export function matchesAt(list: SubjectPolicies, index: number, frame: Frame): boolean {
  const denies = list.policies[index]?.definition.effect === "deny";
  try {
    const truth = truthAt(list.conditions, index, frame);
    return truth === yes || (denies && truth === unknown);
  } catch {
    // As in `evaluateAt`, whose verdict reports the failure.
    return denies;
  }
}

/** Returns the earliest edge of all policies of lists; where that cannot be told, it is now. */
export function edgeOf(lists: readonly SubjectPolicies[], frame: Frame): number {
  try {
    let untilAt = firstEnd(lists, frame);
    for (const list of lists) untilAt = Math.min(untilAt, clockUntil(list, frame));
    return untilAt;
  } catch {
    // The policies that failed say so in their verdicts.
    return frame.input.nowAt;
  }
}

/** A slot that could not be judged ends at once: its policies failed. */
function firstEnd(lists: readonly SubjectPolicies[], { input, sheet }: Frame): number {
  if (sheet.failed) return input.nowAt;
  for (const slot of sheet.byEnd) {
    for (const { slotBits } of lists) {
      const bits = slotBits[slot >>> 5] ?? 0;
      if ((bits & (1 << (slot & 31))) !== 0) return sheet.untils[slot] as number;
    }
  }
  return neverAt;
}

/** Returns the earliest end of freshness among the facts that a tree reads. */
export function freshUntil(edges: Edges, frame: Frame): number {
  const { untils, failed } = frame.sheet;
  const { slots } = edges;
  let untilAt = neverAt;
  for (let index = 0; index < slots.length; index++) {
    const slot = slots[index] as number;
    const end = failed ? untilOf(frame, slot) : (untils[slot] as number);
    if (end < untilAt) untilAt = end;
  }
  return untilAt;
}

/** Returns the earliest clock edge of a tree. */
export function clockUntil(edges: Pick<Edges, "clocks">, frame: Frame): number {
  let untilAt = neverAt;
  for (const clock of edges.clocks) {
    const end = clock(frame);
    if (end < untilAt) untilAt = end;
  }
  return untilAt;
}

/** Names the verdict of a level's truth. */
export function levelVerdictOf(truth: Truth): "met" | "notMet" | "unknown" {
  if (truth === yes) return "met";
  return truth === no ? "notMet" : "unknown";
}
