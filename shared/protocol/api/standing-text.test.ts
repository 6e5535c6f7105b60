import { expect, test } from "vitest";
import { isStale, needText } from "./standing-text.ts";

const need = (met: boolean, stale: boolean) => ({ signal: "disk.encrypted", met, stale });

test("a need says whether it holds; what is over counts neither way", () => {
  expect(needText(need(true, false))).toBe("holds");
  expect(needText(need(false, false))).toBe("fails");
  expect(needText(need(false, true))).toBe("unknown (stale)");
});

test("a level is stale only where that is why it is not known", () => {
  expect(isStale({ verdict: "unknown", needs: [need(true, false), need(false, true)] })).toBe(true);
  expect(isStale({ verdict: "unknown", needs: [need(false, false)] })).toBe(false);
  expect(isStale({ verdict: "notMet", needs: [need(false, true)] })).toBe(false);
});
