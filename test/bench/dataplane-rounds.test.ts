import { expect, test } from "vitest";
import { lossOf, medianOf, turns, type Round } from "./dataplane-rounds.ts";

const rounds: readonly Round[] = [
  { bulk: { bare: 1_000, one: 900 }, small: { bare: 10, one: 10 } },
  { bulk: { bare: 100, one: 98 }, small: { bare: 20, one: 30 } },
  { bulk: { bare: 500, one: 480 }, small: { bare: 30, one: 30 } },
];

test("a loss is the median of the losses of each round, not of all rates", () => {
  expect(lossOf(rounds, "bulk", ["bare", "one"]).percent).toBe(4);
  expect(lossOf(rounds, "small", ["bare", "one"]).percent).toBe(0);
});

test("a median rate is one that was measured", () => {
  expect(medianOf(rounds, "bare", "bulk")).toBe(500);
});

const losing = (percents: readonly number[]): readonly Round[] =>
  percents.map((percent) => ({ bulk: { bare: 100, one: 100 - percent }, small: {} }));

test("the interval of a loss leaves out the ranks that 95 of 100 medians leave out", () => {
  const interval = (count: number) =>
    lossOf(losing(Array.from({ length: count }, (_, index) => count - index)), "bulk", [
      "bare",
      "one",
    ]).interval;
  // The ranks of the binomial table.
  expect([6, 15, 40].map(interval)).toEqual([
    [1, 6],
    [4, 12],
    [14, 27],
  ]);
});

test("fewer than six rounds have no interval", () => {
  expect(lossOf(losing([1, 2, 3, 4, 5]), "bulk", ["bare", "one"]).interval).toBeNull();
  expect(lossOf([], "bulk", ["bare", "one"])).toEqual({ percent: null, interval: null });
});

test("over as many rounds as paths each path is first once and follows every other one once", () => {
  const paths = ["bare", "walled", "one", "many"];
  const orders = paths.map((_, round) => turns(paths, round));
  const neighbours = orders.flatMap((order) =>
    order.slice(1).map((path, index) => `${order[index]} ${path}`),
  );
  expect(new Set(neighbours).size).toBe(paths.length * (paths.length - 1));
  expect(new Set(orders.map(([first]) => first)).size).toBe(paths.length);
});
