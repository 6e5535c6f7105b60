import { expect, test } from "vitest";
import { reasonCodes } from "./decision.ts";
import { unmetText } from "./reason-text.ts";

test("what was wanted and seen is said with rule and level", () => {
  const params = { signal: "firewall.enabled", wanted: "is true", had: "false" };
  const reason = { code: "level_not_met", params } as const;
  expect(unmetText({ policy: "staff-wiki", level: "laptop", reason })).toBe(
    "staff-wiki: firewall.enabled was false, needed true (level laptop)",
  );
});

test("what closes everything is no rule's", () => {
  expect(unmetText({ policy: "", reason: { code: "quarantined", params: {} } })).toBe(
    "the device was quarantined",
  );
});

test("every code has words of its own", () => {
  const texts = reasonCodes.map((code) => unmetText({ policy: "p", reason: { code, params: {} } }));
  expect(new Set(texts).size).toBe(reasonCodes.length);
});
