import { expect, test } from "vitest";
import { makeCutoffMeter } from "./cutoff-meter.ts";

test("the phases of a cut add up to its total, and each cut is counted once", () => {
  const seen: Record<string, number[]> = {};
  const meter = makeCutoffMeter({
    count: () => undefined,
    gauge: () => undefined,
    observe: (_name, { phase = "" }, seconds) => void (seen[phase] ??= []).push(seconds * 1000),
  });
  meter.sent(1, "4", { uplinkMs: 2, receivedAtMs: 100, decidedAtMs: 101, sentAtMs: 101 });
  meter.applied(1, "3", { nowMs: 150, tookMs: 1 });
  meter.applied(2, "4", { nowMs: 150, tookMs: 1 });
  meter.applied(1, "4", { nowMs: 107, tookMs: 2 });
  meter.applied(1, "4", { nowMs: 900, tookMs: 2 });
  expect(seen).toEqual({ uplink: [2], decide: [1], push: [4], apply: [2], total: [9] });
});
