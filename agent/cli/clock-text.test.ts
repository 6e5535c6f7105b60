import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agoText } from "./ago-text.ts";
import { clockText, exactText } from "./clock-text.ts";

beforeEach(() => void vi.stubEnv("TZ", "Europe/Berlin"));
afterEach(() => void vi.unstubAllEnvs());

const nowMs = Date.parse("2026-11-23T22:30:00Z");

test.each([
  ["2026-11-23T20:04:05.678Z", "21:04"],
  ["2026-11-23T23:04:05Z", "24 Nov 2026, 00:04"],
  ["2027-01-02T03:04:05Z", "2 Jan 2027, 04:04"],
  ["never", "never"],
])("%s is %s in Berlin", (instant, text) => {
  expect(clockText(instant, nowMs)).toBe(text);
});

test("the exact instant is said here and in UTC", () => {
  expect(exactText("2026-11-23T23:04:05.678Z")).toBe(
    "24 Nov 2026, 00:04:05 here; 2026-11-23 23:04:05.678 UTC",
  );
  expect(exactText("soon")).toBe("soon");
});

test.each([
  [-5_000, "0 s ago"],
  [1_400, "1 s ago"],
  [119_000, "119 s ago"],
  [120_000, "2 min ago"],
  [7_199_000, "2 h ago"],
  [47 * 3_600_000, "47 h ago"],
  [48 * 3_600_000, "2 days ago"],
])("%d ms is %s", (ageMs, text) => {
  expect(agoText(ageMs)).toBe(text);
});
