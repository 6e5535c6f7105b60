import fc from "fast-check";
import { expect, test } from "vitest";
import {
  confidenceIn,
  distanceKm,
  emptyBaseline,
  isHourNoted,
  isUnusualHour,
  type RiskBaseline,
  withArrival,
  withHour,
} from "./baseline.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A Monday, 00:00 UTC. */
const monday = Date.UTC(2026, 10, 2);
const berlin = { latitude: 52.52, longitude: 13.4, accuracyKm: 0 };

/** Weekdays, 9 to 17, for some weeks. */
function officeHours(weeks: number): RiskBaseline {
  let baseline = emptyBaseline;
  for (let day = 0; day < weeks * 7; day++) {
    if (day % 7 >= 5) continue;
    for (let hour = 9; hour < 17; hour++) {
      baseline = withHour(baseline, monday + day * dayMs + hour * hourMs);
    }
  }
  return baseline;
}

test("who works in office hours is unusual at night and on Sunday, and usual at ten on Tuesday", () => {
  const baseline = officeHours(4);
  const after = monday + 28 * dayMs;
  expect([
    isUnusualHour(baseline, after + dayMs + 3 * hourMs),
    isUnusualHour(baseline, after + 6 * dayMs + 11 * hourMs),
    isUnusualHour(baseline, after + dayMs + 10 * hourMs),
  ]).toEqual([true, true, false]);
});

test("no hour is unusual for who is always there, nor for whom little is known of", () => {
  let always = emptyBaseline;
  for (let hour = 0; hour < 336; hour++) always = withHour(always, monday + hour * hourMs);
  fc.assert(
    fc.property(fc.nat(30 * dayMs), (later) => {
      expect(isUnusualHour(always, monday + later)).toBe(false);
    }),
  );
  const young = officeHours(1);
  expect(confidenceIn(young)).toBeCloseTo(0.8);
  expect(isUnusualHour(young, monday + 3 * hourMs)).toBe(false);
  expect([confidenceIn(emptyBaseline), confidenceIn(officeHours(2))]).toEqual([0, 1]);
});

test("what was before five weeks is forgotten, and an hour counts once", () => {
  const old = withHour(emptyBaseline, monday);
  expect(isHourNoted(old, monday + hourMs - 1)).toBe(true);
  expect(withHour(old, monday + 1)).toEqual(old);
  expect(isHourNoted(withHour(old, monday + 36 * dayMs), monday)).toBe(false);
});

test("distances are those of the earth, less what both databases may be off", () => {
  const rio = { latitude: -22.9, longitude: -43.2, accuracyKm: 0 };
  expect(distanceKm(berlin, rio)).toBeGreaterThan(9_900);
  expect(distanceKm(berlin, rio)).toBeLessThan(10_100);
  expect(distanceKm(berlin, { ...berlin, latitude: 52.6, accuracyKm: 50 })).toBe(0);
});

test("where an own way out is, nobody lives: only the address is remembered", () => {
  const place = { country: "DE", network: 64_500, point: berlin, egress: true };
  const after = withArrival(emptyBaseline, { address: "192.0.2.1", place }, monday);
  expect(after).toEqual({ ...emptyBaseline, net: { address: "192.0.2.1", country: "DE" } });
});
