import { expect, it } from "vitest";
import { quantilesOf } from "./quantiles.ts";

it("gives nearest ranks of a long series", () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect(quantilesOf(values)).toEqual({
    n: 200,
    p50: 100,
    p95: 190,
    p99: 198,
    max: 200,
    p99IsMaximum: false,
  });
});

it("names the maximum where a 99th percentile would be one", () => {
  expect(quantilesOf([3, 1, 2])).toMatchObject({
    n: 3,
    p50: 2,
    p99: 3,
    max: 3,
    p99IsMaximum: true,
  });
});

it("has no figures of nothing", () => {
  expect(quantilesOf([])).toMatchObject({ n: 0, p50: null, p99: null, max: null });
});
