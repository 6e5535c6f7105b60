import { expect, test } from "vitest";
import { rfc3339 } from "../base/rfc3339.ts";
import { osIntelBundle } from "../protocol/os-intel.ts";
import shipped from "./os-intel.json" with { type: "json" };
import { judgeOs } from "./os-judgement.ts";
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

test("the bundle that is shipped is one, names its sources, and none is younger than the bundle", () => {
  const bundle = osIntelBundle.parse(shipped);
  expect(bundle.support).toEqual(osIntel);
  const issuedOn = rfc3339(bundle.issuedAt).slice(0, 10);
  expect(bundle.sequence).toBe(Number(issuedOn.replaceAll("-", "")));
  const named = bundle.sources ?? [];
  expect(named.length).toBeGreaterThan(0);
  expect(
    named
      .map(({ asOf }) => asOf)
      .sort()
      .at(-1),
  ).toBe(issuedOn);
  expect(named.map(({ asOf }) => asOf).sort()[0]).toBe(osIntel.issuedOn);
  const builds = Object.values(bundle.builds).flat();
  expect(builds.every(({ releasedOn }) => releasedOn <= issuedOn)).toBe(true);
  expect(bundle.expiresAt - bundle.issuedAt).toBe(14 * 86_400_000);
  expect(osIntel.trustedUntil > osIntel.issuedOn).toBe(true);
});

test("builds that the shipped bundle knows are not called the latest after its end", () => {
  const bundle = osIntelBundle.parse(shipped);
  const judge = (nowAt: number) =>
    judgeOs(bundle, { product: "macos", version: "26.6" }, nowAt)["os.builds_behind"];
  expect(judge(bundle.expiresAt - 1)).toEqual({ kind: "known", value: 2 });
  expect(judge(bundle.expiresAt)).toMatchObject({ kind: "unknown" });
});
