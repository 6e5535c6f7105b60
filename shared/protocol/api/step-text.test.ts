import { expect, test } from "vitest";
import { closingLines, effectOfAll } from "./step-text.ts";

test("what gateways closed is added up, and one that is silent stays silent", () => {
  const effect = effectOfAll([
    { tookMs: 3, removals: [{ gateway: "gw-a", removed: 1, tookMs: 41.4 }] },
    {
      tookMs: 4,
      removals: [
        { gateway: "gw-a", removed: 2, tookMs: 7 },
        { gateway: "gw-b", removed: 1, tookMs: 0.2 },
        { gateway: "gw-c", removed: 1, tookMs: 9 },
        { gateway: "gw-c", removed: 1, tookMs: null },
      ],
    },
  ]);
  expect(effect.tookMs).toBe(7);
  expect(closingLines(effect)).toEqual([
    "gw-a closed 3 accesses in 41 ms",
    "gw-b closed 1 access in 1 ms",
    "gw-c was told to close 2 accesses and has not confirmed it yet",
  ]);
});
