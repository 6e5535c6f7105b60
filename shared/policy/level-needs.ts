import type { CompiledCondition, PolicySet } from "./compiled-set.ts";
import { type Frame, makeFrame } from "./frame.ts";
import type { Input } from "./input.ts";
import { no, yes } from "./truth.ts";

/** A signal that a level looks at, and whether it says what the level wants; unknown is not met. */
export interface LevelNeed {
  readonly signal: string;
  readonly met: boolean;
}

/** Returns what each level looks at, by its name; thresholds are not told. */
export function levelNeeds(
  set: PolicySet,
  input: Input,
): ReadonlyMap<string, readonly LevelNeed[]> {
  const frame = makeFrame(set, input);
  return new Map(
    set.levels.map((level) => {
      const found = new Map<string, boolean>();
      look(level.condition, { frame, found, wanted: true });
      const needs = [...found].map(([signal, met]) => ({ signal, met }));
      return [level.definition.name, needs];
    }),
  );
}

interface Look {
  readonly frame: Frame;
  readonly found: Map<string, boolean>;
  /** Under an odd number of `not`s a leaf is wanted not to hold. */
  readonly wanted: boolean;
}

function look(condition: CompiledCondition, at: Look): void {
  const node = condition.condition;
  if (node.kind === "signal") {
    const met = condition.test(at.frame) === (at.wanted ? yes : no);
    at.found.set(node.signal, met && at.found.get(node.signal) !== false);
    return;
  }
  const wanted = node.kind === "not" ? !at.wanted : at.wanted;
  for (const part of condition.parts) look(part, { ...at, wanted });
}
