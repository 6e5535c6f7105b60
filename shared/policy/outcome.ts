/** What one policy says about one frame, with the edges of its whole tree. */
import type { CompiledPolicy, Edges, SubjectPolicies } from "./compiled-set.ts";
import { truthAt } from "./conjunction.ts";
import { type Frame, neverAt, untilOf } from "./frame.ts";
import { no, type Truth, unknown, yes } from "./truth.ts";

/** `freshUntilAt` ends with a fact, `clockUntilAt` with a clock, an elevation or a window. */
export interface Outcome {
  readonly matched: boolean;
  readonly failed: boolean;
  readonly freshUntilAt: number;
  readonly clockUntilAt: number;
}

/**
 * Evaluates a policy. Unknown and a failing evaluation both fail closed: an allow does not match,
 * a deny does.
 */
export function evaluatePolicy(policy: CompiledPolicy, frame: Frame): Outcome {
  const { edges, definition } = policy;
  const denies = definition.effect === "deny";
  try {
    const truth: Truth = policy.test(frame);
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

/** Tells whether policy `index` of a list matches; as `evaluatePolicy` does, without edges. */
export function matchesAt(list: SubjectPolicies, index: number, frame: Frame): boolean {
  const denies = list.policies[index]?.definition.effect === "deny";
  try {
    const truth = truthAt(list.conditions, index, frame);
    return truth === yes || (denies && truth === unknown);
  } catch {
    // As in `evaluatePolicy`, whose verdict reports the failure.
    return denies;
  }
}

/** Returns the earliest edge of a tree; where that cannot be told, it is now. */
export function edgeOf(edges: Edges, frame: Frame): number {
  try {
    return Math.min(freshUntil(edges, frame), clockUntil(edges, frame));
  } catch {
    // The policies that failed say so in their verdicts.
    return frame.input.nowAt;
  }
}

/** Returns the earliest end of freshness among the facts that a tree reads. */
export function freshUntil(edges: Edges, frame: Frame): number {
  let untilAt = neverAt;
  for (const slot of edges.slots) {
    const end = untilOf(frame, slot);
    if (end < untilAt) untilAt = end;
  }
  return untilAt;
}

/** Returns the earliest clock edge of a tree. */
export function clockUntil(edges: Edges, frame: Frame): number {
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
