import { expect, test } from "vitest";
import type { RingDefinition } from "../document.ts";
import { hasNewSet, nextStep, ringOf } from "./roll-out.ts";

const at = { file: "rings.yaml", line: 1, column: 1 };
const rings: readonly RingDefinition[] = [
  { name: "canary", groups: ["it"], soakSeconds: 60, haltAbovePercent: 0, at },
  { name: "early", groups: ["engineering", "it"], soakSeconds: 60, haltAbovePercent: 2, at },
];
const quiet = { openByOld: 100, lost: 10, announcedPercent: 10 };
const step = (ring: number, record: typeof quiet, nowAt: number) =>
  nextStep(rings, { rollOut: { ring, sinceAt: 0 }, record }, nowAt);

test("a device is in the first ring that names one of its groups, or behind them all", () => {
  expect(ringOf(rings, ["engineering", "it"])).toBe(0);
  expect(ringOf(rings, ["engineering"])).toBe(1);
  expect(ringOf(rings, ["sales"])).toBe(2);
  expect(ringOf([{ ...rings[0]!, groups: ["*"] }], [])).toBe(0);
  expect(hasNewSet(rings, { ring: 0, sinceAt: 0 }, ["engineering"])).toBe(false);
  expect(hasNewSet(rings, { ring: 1, sinceAt: 0 }, ["engineering"])).toBe(true);
});

test("a ring is watched for its time, then the next one comes, and at last all others", () => {
  expect(step(0, quiet, 59_999)).toEqual({ kind: "wait", untilAt: 60_000 });
  expect(step(0, quiet, 60_000)).toEqual({ kind: "advance", ring: 1 });
  expect(step(1, quiet, 60_000)).toEqual({ kind: "advance", ring: 2 });
  expect(step(2, quiet, 0)).toEqual({ kind: "done" });
});

test("a jump of denies halts at once; what the plan announced and an empty ring do not", () => {
  expect(step(0, { ...quiet, lost: 11 }, 1)).toMatchObject({ kind: "halt" });
  expect(step(1, { ...quiet, lost: 12 }, 1)).toMatchObject({ kind: "wait" });
  expect(step(1, { ...quiet, lost: 13 }, 99_999)).toEqual({
    kind: "halt",
    why: "ring `early` loses 13.0 of 100 accesses; 12.0 are allowed",
  });
  const empty = { openByOld: 0, lost: 0, announcedPercent: 0 };
  expect(step(0, empty, 1)).toMatchObject({ kind: "wait" });
});
