/** Puts a device's past together again from the facts that it reported: one input for each report. */
import { neverAt } from "../fact-sheet.ts";
import type { FactView, Input } from "../input.ts";
import type { Reading } from "../../posture/fact.ts";
import { moveTo } from "./move-input.ts";

/** A fact as it was received. */
export interface RecordedFact {
  readonly at: number;
  readonly signal: string;
  readonly reading: Reading;
}

/**
 * Yields what would have been decided on, at each report from `sinceAt` on. Beats are not stored, so a
 * fact counts as fresh until the next one of its signal; a signal that `recorded` (in order of time)
 * never names has had its present reading all along. What the controller makes of facts itself is made
 * anew by `judge`. All that is not posture is as it is now.
 */
export function* pastInputs(
  now: Input,
  recorded: readonly RecordedFact[],
  {
    sinceAt,
    judge,
  }: {
    readonly sinceAt: number;
    readonly judge: (facts: Map<string, FactView>, at: number) => void;
  },
): Generator<Input> {
  const facts = new Map<string, FactView>();
  const moved = new Set(recorded.map(({ signal }) => signal));
  for (const [signal, { reading }] of now.facts) {
    if (!moved.has(signal)) facts.set(signal, { reading, untilAt: neverAt });
  }
  for (const [index, { at, signal, reading }] of recorded.entries()) {
    facts.set(signal, { reading, untilAt: neverAt });
    // What came together was decided on together.
    const last = recorded[index + 1]?.at !== at;
    if (!last || at < sinceAt) continue;
    const judged = new Map(facts);
    judge(judged, at);
    yield { ...moveTo(now, at), facts: judged };
  }
}
