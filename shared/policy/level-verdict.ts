import type { PolicySet } from "./compiled-set.ts";
import type { LevelVerdict } from "./decision.ts";
import { neverAt } from "./fact-sheet.ts";
import { makeFrame } from "./frame.ts";
import type { Input } from "./input.ts";
import { clockUntil, freshUntil, levelVerdictOf } from "./outcome.ts";

/** Returns the verdict of every level, sorted by name; `until` is when it may change by itself. */
export function levelVerdicts(set: PolicySet, input: Input): readonly LevelVerdict[] {
  const frame = makeFrame(set, input);
  return set.levels.map((level) => {
    const verdict = levelVerdictOf(level.condition.test(frame));
    const until = Math.min(freshUntil(level.edges, frame), clockUntil(level.edges, frame));
    const id = level.definition.name;
    return until === neverAt ? { id, verdict } : { id, verdict, until };
  });
}
