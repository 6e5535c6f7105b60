import { expect, test } from "vitest";
import { lossPercent, medianOf, type Round } from "./dataplane-rounds.ts";

const rounds: readonly Round[] = [
  { bulk: { bare: 1_000, one: 900 }, small: { bare: 10, one: 10 } },
  { bulk: { bare: 100, one: 98 }, small: { bare: 20, one: 30 } },
  { bulk: { bare: 500, one: 480 }, small: { bare: 30, one: 30 } },
];

test("a loss is the median of the losses of each round, not of all rates", () => {
  expect(lossPercent(rounds, "bulk", ["bare", "one"])).toBe(4);
  expect(lossPercent(rounds, "small", ["bare", "one"])).toBe(0);
});

test("a median rate is one that was measured", () => {
  expect(medianOf(rounds, "bare", "bulk")).toBe(500);
});
