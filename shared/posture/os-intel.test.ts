import { expect, test } from "vitest";
import { osIntel, stillSupported, supportDaysLeft } from "./os-intel.ts";

test.each([
  ["debian", "12", "2026-11-22", true],
  ["debian", "11", "2026-08-31", true],
  ["debian", "11", "2026-09-01", false],
  ["rhel", "9.4", "2026-11-22", true],
  ["ubuntu", "24.10", "2026-11-22", false],
  ["ubuntu", "99.04", "2026-11-22", null],
  ["debian", "12", "2027-07-01", null],
  ["debian", "10", "2027-07-01", false],
  ["arch", "", "2026-11-22", true],
  ["constructor", "name", "2026-11-22", null],
  ["debian", "", "2026-11-22", null],
])("%s %s on %s: %s", (product, version, today, expected) => {
  expect(stillSupported(osIntel, { product, version }, today)).toBe(expected);
});

test.each([
  ["debian 12", "2028-06-29", "2030-01-01", 1],
  ["debian 12", "2028-06-30", "2026-11-22", null],
  ["debian 12", "2026-11-22", "2030-01-01", 586],
  ["debian 11", "2027-12-31", "2026-11-22", -487],
  ["rhel 9.4", "2032-03-01", "2040-01-01", 91],
  ["arch ", "2026-11-22", "2030-01-01", null],
])("%s on %s by a table trusted until %s: %s days", (release, today, until, days) => {
  const [product = "", version = ""] = release.split(" ");
  const intel = { ...osIntel, trustedUntil: until };
  expect(supportDaysLeft(intel, { product, version }, today)).toBe(days);
});

test("every date is a date and the table says how old it is", () => {
  const dates = Object.values(osIntel.products).flatMap((versions) => Object.values(versions));
  for (const date of [...dates, osIntel.issuedOn, osIntel.trustedUntil]) {
    expect(date).toMatch(/^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
  }
  expect(osIntel.trustedUntil > osIntel.issuedOn).toBe(true);
});
