import { expect, test } from "vitest";
import { countText, effectSaid, isReference, readingText, standingSaid } from "./words.ts";

test("what nobody named is said as it is, as unknown", () => {
  expect(effectSaid("allow")).toEqual({ tone: "met", word: "allow" });
  expect(standingSaid("frozen")).toEqual({ tone: "unknown", word: "frozen" });
});

test.each([
  [{ kind: "known", value: false }, "false"],
  [{ kind: "known", value: ["a", "b"] }, "a, b"],
  [{ kind: "known", value: [] }, "none"],
  [{ kind: "unknown", reason: "tool_missing" }, "unknown: tool missing"],
  [{ kind: "notApplicable", proof: "no TPM" }, "does not apply: no TPM"],
] as const)("%j is told to people", (reading, text) => {
  expect(readingText(reading)).toBe(text);
});

test.each([
  ["7QK2-M4XE", true],
  [" 7qk2m4xe ", true],
  ["laptop-1", false],
  ["ILO1-M4XE", false],
])("`%s` is a reference: %s", (text, expected) => {
  expect(isReference(text)).toBe(expected);
});

test("one of a thing is no plural", () => {
  expect(countText(1, "device")).toBe("1 device");
  expect(countText(0, "access")).toBe("0 accesses");
});
