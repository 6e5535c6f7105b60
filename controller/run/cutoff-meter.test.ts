import { expect, test } from "vitest";
import { makeCutoffMeter } from "./cutoff-meter.ts";

function meterOf() {
  const seen: Record<string, number[]> = {};
  const meter = makeCutoffMeter({
    count: () => undefined,
    gauge: () => undefined,
    observe: (_name, { phase = "" }, seconds) => void (seen[phase] ??= []).push(seconds * 1000),
  });
  return { seen, meter };
}

const cut = { uplinkMs: 2, receivedAtMs: 100, decidedAtMs: 101, sentAtMs: 102 };

test("the phases of a cut add up to its total, and each cut is counted once", () => {
  const { seen, meter } = meterOf();
  meter.sent(1, "4", cut);
  const answer = { nowMs: 113, tookMs: 5, kernelAtAgeMs: 1 };
  meter.applied(1, "3", answer);
  meter.applied(2, "4", answer);
  meter.applied(1, "4", answer);
  meter.applied(1, "4", { ...answer, nowMs: 900 });
  // 11 ms on the way and back less 5 at the gateway: 3 there, after 1 for the signature.
  expect(seen).toEqual({ uplink: [2], decide: [1], push: [4], apply: [4], total: [11] });
});

test("the answer's way back and what the gateway did after its commit are no part of the cut", () => {
  const { seen, meter } = meterOf();
  meter.sent(1, "4", cut);
  meter.applied(1, "4", { nowMs: 152, tookMs: 50, kernelAtAgeMs: 49 });
  expect(seen).toMatchObject({ push: [1], apply: [1], total: [5] });
});

test("a gateway that claims more time than there was makes no phase negative", () => {
  const { seen, meter } = meterOf();
  meter.sent(1, "4", cut);
  meter.applied(1, "4", { nowMs: 104, tookMs: 50, kernelAtAgeMs: 60 });
  expect(seen).toMatchObject({ push: [1], apply: [0] });
});
