import { expect, it } from "vitest";
import { phasesOf } from "./phases.ts";

const lines = {
  openedAtMs: 100,
  sent: { monotonicMs: 104.5 },
  received: { monotonicMs: 105.25 },
  removed: { decidedAtMonotonicMs: 105.75, monotonicMs: 105.9 },
  applied: { receivedAtMonotonicMs: 107, kernelAtMs: 108.0625, monotonicMs: 110 },
};

it("splits a cut-off without a gap", () => {
  const phases = phasesOf(lines);
  expect(phases).toEqual({ detect: 4.5, uplink: 0.75, decide: 0.5, push: 1.25, apply: 1.063 });
});

it("reports detection before the command's return as 0", () => {
  expect(phasesOf({ ...lines, openedAtMs: 104.6 }).detect).toBe(0);
});

it("refuses a line that lacks its time", () => {
  expect(() => phasesOf({ ...lines, applied: { kernelAtMs: 1 } })).toThrow("receivedAtMonotonicMs");
});
