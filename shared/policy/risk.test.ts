import fc from "fast-check";
import { expect, test } from "vitest";
import {
  nextFallAt,
  riskScore,
  type RiskSighting,
  scoresBy,
  startingWeights,
  steadyScore,
  topContributions,
  weightsOf,
} from "./risk.ts";
import { riskKinds } from "./risk-kind.ts";

const hourMs = 3_600_000;
const at = { file: "a.yaml", line: 1, column: 1 };
const sightings = fc.array(
  fc.record({
    kind: fc.constantFrom(...riskKinds),
    at: fc.nat(100 * hourMs),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 12 },
);
const score = (seen: readonly RiskSighting[], now: number) => riskScore(seen, now, startingWeights);
const steady = (seen: readonly RiskSighting[], now: number) =>
  steadyScore(seen, now, startingWeights);
const alert: RiskSighting = { kind: "edr.alert", at: 0 };

test("one sighting weighs what it weighs, half of it after its half-life, less where little is known", () => {
  expect([score([alert], 0), score([alert], 24 * hourMs), score([], 0)]).toEqual([50, 25, 0]);
  expect(score([{ ...alert, confidence: 0.5 }], 0)).toBe(25);
});

test("doubts add up as independent ones, in any order, never beyond 100, and only fade", () => {
  fc.assert(
    fc.property(sightings, fc.nat(100 * hourMs), (seen, later) => {
      const now = 100 * hourMs;
      const points = score(seen, now);
      expect(score(seen.toReversed(), now)).toBe(points);
      expect(points).toBeGreaterThanOrEqual(0);
      expect(points).toBeLessThanOrEqual(100);
      expect(score(seen, now + later)).toBeLessThanOrEqual(points);
      expect(score([...seen, { kind: "edr.alert", at: now }], now)).toBeGreaterThanOrEqual(points);
    }),
  );
});

test("a score rises at once and falls only by ten points", () => {
  expect(steady([alert], 0)).toBe(50);
  const atFortyOne = 24 * hourMs * Math.log2(50 / 41);
  expect([score([alert], atFortyOne), steady([alert], atFortyOne)]).toEqual([41, 50]);
  const atForty = 24 * hourMs * Math.log2(50 / 40);
  expect(steady([alert], atForty)).toBe(40);
  expect(steady([alert], 1_000 * hourMs)).toBe(0);
});

test("however often it is asked, the score to act on is the same, near the score, and falls when told", () => {
  fc.assert(
    fc.property(sightings, fc.nat(200 * hourMs), (seen, later) => {
      const now = 100 * hourMs + later;
      const shown = steady(seen, now);
      expect(shown).toBeGreaterThanOrEqual(score(seen, now));
      expect(shown - score(seen, now)).toBeLessThan(10);
      expect(steady(seen.toReversed(), now)).toBe(shown);
      const fallsAt = nextFallAt(seen, now, startingWeights);
      const never = fallsAt === Infinity;
      expect(never).toBe(shown === 0);
      expect(steady(seen, never ? now : fallsAt - 1)).toBe(shown);
      expect(never || steady(seen, fallsAt) < shown).toBe(true);
    }),
  );
});

test("what it is made of is told, the most first, and what has faded is left out", () => {
  const seen: RiskSighting[] = [{ kind: "posture.regression", at: 0 }, alert];
  expect(topContributions(seen, 0, startingWeights)).toMatchObject([
    { kind: "edr.alert", points: 50 },
    { kind: "posture.regression", points: 20 },
  ]);
  expect(topContributions(seen, 60 * hourMs, startingWeights)).toMatchObject([
    { kind: "edr.alert" },
  ]);
});

test("documents say what a sighting weighs; sets that say the same weigh alike", () => {
  const weights = weightsOf([{ sighting: "edr.alert", points: 80, halfLifeSeconds: 3_600, at }]);
  expect(riskScore([alert], hourMs, weights)).toBe(40);
  expect(riskScore([{ kind: "hour.unusual", at: 0 }], 0, weights)).toBe(15);
  const same = weightsOf([
    { sighting: "edr.alert", points: 80, halfLifeSeconds: 3_600, at: { ...at, line: 9 } },
  ]);
  expect(same.key).toBe(weights.key);
  expect(weightsOf([])).toBe(startingWeights);
});

test("scores given by hand stand; those made of sightings follow the set's own weights", () => {
  const heavy = weightsOf([{ sighting: "edr.alert", points: 90, at }]);
  expect(scoresBy(heavy, { session: 7, identity: 8 }, 0)).toMatchObject({ session: 7 });
  const scored = { session: 0, identity: 50, seen: [alert], sessionSinceAt: 1, weighedBy: "" };
  expect(scoresBy(startingWeights, scored, 0)).toMatchObject({ identity: 50 });
  expect(scoresBy(heavy, scored, 0)).toEqual({ session: 0, identity: 90 });
});
