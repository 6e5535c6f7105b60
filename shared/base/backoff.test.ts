import { expect, test } from "vitest";
import { nextBackoffMs } from "./backoff.ts";

const bounds = { baseMs: 500, capMs: 30_000 };

test("waits grow with jitter between base and three times the last, and stay under the cap", () => {
  expect(nextBackoffMs(bounds, 0, 0.9)).toBe(500);
  expect(nextBackoffMs(bounds, 1_000, 0)).toBe(500);
  expect(nextBackoffMs(bounds, 1_000, 0.999)).toBeCloseTo(2_998, -1);
  expect(nextBackoffMs(bounds, 1_000_000, 0.999)).toBe(30_000);
});
