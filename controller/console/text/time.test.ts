import { expect, test } from "vitest";
import { ageText, durationText } from "./time.ts";

test.each([
  [0, "0 s"],
  [59.9, "59 s"],
  [60, "1 min"],
  [7_199, "1 h"],
  [200_000, "2 d"],
  [-5, "0 s"],
])("%d s is %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test("an instant is past, now, ahead or never", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(ageText("2026-11-22T11:57:00.000Z", now)).toBe("3 min ago");
  expect(ageText("2026-11-22T12:00:01.000Z", now)).toBe("now");
  expect(ageText("2026-11-22T14:00:01.000Z", now)).toBe("in 2 h");
  expect(ageText(null, now)).toBe("never");
});
