/** Ids: while instant and family stay the same they are drawn once and counted on from there. */
import { type IdPrefix, makeId, pair } from "./id.ts";

const countedLetters = 4;
const countMax = 2 ** (5 * countedLetters);

/** Returns an id that no other has; what order those of one instant have says nothing. */
export type IdSource = (prefix: IdPrefix, nowMs: number) => string;

/** Returns a source of ids; `draw` gives random bytes that nobody was given before. */
export function makeIdSource(draw: (count: number) => Uint8Array): IdSource {
  let [family, at, start, count]: [string, number, string, number] = ["", -1, "", countMax];
  return (prefix, nowMs) => {
    if (count === countMax || nowMs !== at || prefix !== family) {
      const random = draw(10);
      start = makeId(prefix, nowMs, random).slice(0, -countedLetters);
      [family, at] = [prefix, nowMs];
      // Sixteen bits of twenty, so that there is always something to count.
      count = ((random[8] as number) << 8) | (random[9] as number);
    }
    const text = pair(count >>> 10) + pair(count);
    count += 1;
    return start + text;
  };
}
