import fc from "fast-check";
import { expect, test } from "vitest";
import { daysOf, parseInstant, weekdayOf } from "./civil-time.ts";
import { dayMs } from "../base/time-span.ts";

test("days and weekdays agree with the platform's calendar", () => {
  fc.assert(
    fc.property(fc.integer({ min: -200_000, max: 200_000 }), (days) => {
      const date = new Date(days * dayMs);
      expect(daysOf(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())).toBe(days);
      expect(weekdayOf(days)).toBe((date.getUTCDay() + 6) % 7);
    }),
  );
});

test("instants are UTC and exist", () => {
  expect(parseInstant("2026-12-31")).toBe(Date.UTC(2026, 11, 31));
  expect(parseInstant("2026-12-31T23:59:59Z")).toBe(Date.UTC(2026, 11, 31, 23, 59, 59));
  expect(parseInstant("2028-02-29T00:00:00.123Z")).toBe(Date.UTC(2028, 1, 29) + 123);
  const bad = [
    "2026-02-29",
    "2026-13-01",
    "2026-12-31T24:00:00Z",
    "2026-12-31T12:00:00+01:00",
    "31.12.2026",
    "2026-12-31T12:00:00",
  ];
  for (const text of bad) expect(parseInstant(text), text).toBeNull();
});
