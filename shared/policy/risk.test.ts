import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type RiskKind,
  riskScore,
  riskWeights,
  steadyScore,
  stillCounts,
  topContributions,
} from "./risk.ts";

const hourMs = 3_600_000;
const kinds = Object.keys(riskWeights) as RiskKind[];
const sightings = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), at: fc.nat(100 * hourMs) }),
  { maxLength: 12 },
);

test("one sighting weighs what it weighs, half of it after its half-life", () => {
  const seen = [{ kind: "edr.alert" as const, at: 0 }];
  expect([riskScore(seen, 0), riskScore(seen, 24 * hourMs), riskScore([], 0)]).toEqual([50, 25, 0]);
});

test("doubts add up as independent ones, in any order, never beyond 100, and only fade", () => {
  fc.assert(
    fc.property(sightings, fc.nat(100 * hourMs), (seen, later) => {
      const now = 100 * hourMs;
      const score = riskScore(seen, now);
      expect(riskScore(seen.toReversed(), now)).toBe(score);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
      expect(riskScore(seen, now + later)).toBeLessThanOrEqual(score);
      expect(riskScore([...seen, { kind: "edr.alert", at: now }], now)).toBeGreaterThanOrEqual(
        score,
      );
    }),
  );
});

test("a score rises at once and falls only by ten points", () => {
  expect([
    steadyScore(60, 70),
    steadyScore(70, 61),
    steadyScore(70, 60),
    steadyScore(5, 0),
  ]).toEqual([70, 70, 60, 0]);
});

test("what it is made of is told, the most first, and what has faded counts no more", () => {
  const seen = [
    { kind: "posture.regression" as const, at: 0 },
    { kind: "edr.alert" as const, at: 0 },
  ];
  expect(topContributions(seen, 0)).toMatchObject([
    { kind: "edr.alert", points: 50 },
    { kind: "posture.regression", points: 20 },
  ]);
  expect(stillCounts(seen[0]!, 48 * hourMs)).toBe(false);
  expect(stillCounts(seen[1]!, 48 * hourMs)).toBe(true);
});
