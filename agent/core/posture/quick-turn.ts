/**
 * Signals that turn good right after access was denied because of them. That may be a person who
 * mends what was asked for, or somebody who bends a reading: both texts are kept for whoever looks.
 */

/** A level of a verdict, as far as it matters here. */
export interface JudgedLevel {
  readonly needs?: readonly { readonly signal: string; readonly met: boolean }[] | undefined;
}

/** Monotonic ms at which a verdict first said that a signal does not pass. */
export type Denials = ReadonlyMap<string, number>;

/** Quicker than people mend things. */
const quickMs = 10_000;

/** Takes a verdict in; a signal that one level takes and another does not is still denied. */
export function takeVerdict(
  denials: Denials,
  levels: readonly JudgedLevel[],
  nowMs: number,
): { readonly denials: Denials; readonly turned: readonly string[] } {
  const needs = levels.flatMap((level) => level.needs ?? []);
  const unmet = new Set(needs.filter(({ met }) => !met).map(({ signal }) => signal));
  const met = new Set(needs.map(({ signal }) => signal).filter((signal) => !unmet.has(signal)));
  const turned = [...met].filter((signal) => nowMs - (denials.get(signal) ?? -Infinity) <= quickMs);
  const kept = [...unmet].map((signal) => [signal, denials.get(signal) ?? nowMs] as const);
  return { denials: new Map(kept), turned };
}
