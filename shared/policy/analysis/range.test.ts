import fc from "fast-check";
import { expect, test } from "vitest";
import {
  complement,
  intersect,
  type Interval,
  isEmpty,
  isWithin,
  numbers,
  type Range,
  words,
} from "./range.ts";

const sample = [-3, -2, -1, 0, 1, 2, 3, 4, 5, 9];
const letters = ["a", "b", "c", "z"];

function has(range: Range, value: number | string): boolean {
  if (range.kind === "numbers") {
    return range.parts.some(([least, most]) => least <= Number(value) && Number(value) <= most);
  }
  return range.words.has(String(value)) !== range.others;
}

const numberRange = fc
  .uniqueArray(fc.integer({ min: -2, max: 5 }), { maxLength: 6 })
  .map((members): Range => {
    const parts = members.sort((left, right) => left - right).map((n): Interval => [n, n]);
    return numbers(parts);
  });
const wordRange = fc
  .tuple(fc.subarray(["a", "b", "c"]), fc.boolean())
  .map(([members, others]) => words(members, others));

const cases = [
  { ranges: numberRange, values: sample, domain: numbers([[-3, 9]]) },
  { ranges: wordRange, values: letters, domain: words([], true) },
] as const;

test.each(cases)("sets of values behave like sets", ({ ranges, values, domain }) => {
  fc.assert(
    fc.property(ranges, ranges, (left, right) => {
      const both = intersect(left, right);
      const rest = complement(left, domain);
      for (const value of values) {
        expect(has(both, value)).toBe(has(left, value) && has(right, value));
        expect(has(rest, value)).toBe(!has(left, value));
      }
      if (isWithin(left, right))
        for (const value of values) expect(has(left, value) && !has(right, value)).toBe(false);
      expect(isEmpty(left)).toBe(!values.some((value) => has(left, value)));
    }),
  );
});

test("what is not applicable is a value of its own", () => {
  const orNothing = words(["true"], false, true);
  expect(isWithin(words(["true"]), orNothing)).toBe(true);
  expect(isWithin(orNothing, words(["true"]))).toBe(false);
  expect(isEmpty(words([], false, true))).toBe(false);
  expect(complement(orNothing, words(["true", "false"])).na).toBe(false);
});
