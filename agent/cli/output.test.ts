import fc from "fast-check";
import { expect, test } from "vitest";
import { reasonCodes } from "#shared/policy/decision.ts";
import { localReasonCodes } from "../core/local/resources.ts";
import { parseDuration } from "./duration.ts";
import { cleaned } from "./output.ts";
import { reasonText } from "./reason-text.ts";
import { explanationLines } from "./status-line.ts";

test("no text from a device can steer a terminal", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.nat(0x17f), fc.integer({ min: 0x2000, max: 0x2070 }), fc.constant(0x61c)),
        {
          maxLength: 40,
        },
      ),
      (codes) => {
        const text = String.fromCodePoint(...codes);
        expect(cleaned(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(cleaned(text)).not.toMatch(/[\u061c\u200e\u200f\u2028\u2029]/);
      },
    ),
  );
});

test("every reason has words, and a message of a rule is said in its own", () => {
  for (const code of [...reasonCodes, ...localReasonCodes]) {
    expect(reasonText({ code, params: {} })).toMatch(/^[a-z?]/);
  }
  expect(reasonText({ code: "denied_by_rule", params: { message: "Paused." } })).toBe("Paused.");
});

test("an explanation says why, how to fix it, by whom, and what to call it", () => {
  const lines = explanationLines({
    name: "db",
    state: "blocked",
    reference: "7QK2-M4XE",
    reasons: [
      { code: "fact_unknown", params: { signal: "disk.encrypted", because: "permission" } },
    ],
    fixes: [{ signal: "disk.encrypted", text: "Ask IT\u001b[2J.", who: "it" }],
  });
  expect(lines).toEqual([
    "db               blocked  Disk encryption could not be checked: it may not be read ref 7QK2-M4XE",
    "  why: Disk encryption could not be checked: it may not be read",
    "  fix (IT): Ask IT\u{fffd}[2J.",
    "  reference: 7QK2-M4XE",
  ]);
});

test("durations need a unit", () => {
  expect(["500ms", "30s", "5m", "1h"].map(parseDuration)).toEqual([
    500, 30_000, 300_000, 3_600_000,
  ]);
  for (const text of ["5", "s", "-1s", "1.5s", "5d", ""]) {
    expect(() => parseDuration(text)).toThrow(/`30s`/);
  }
});
