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

const cut = { device: "dev_1", uplinkMs: 2, receivedAtMs: 100, decidedAtMs: 101 };
/** The gateway's clock began long before ours. */
const aheadMs = 50_000;

test("the phases of a cut add up to its total, and each cut is counted once", () => {
  const { seen, meter } = meterOf();
  meter.sent(1, "4", { sentAtMs: 102, cut });
  // 3 ms there, 5 at the gateway, of which 1 after the commit, 3 back.
  const answer = { nowMs: 113, tookMs: 5, kernelAtAgeMs: 1, clockMs: 110 + aheadMs };
  meter.applied(1, "3", answer);
  meter.applied(2, "4", answer);
  meter.applied(1, "4", answer);
  meter.applied(1, "4", { ...answer, nowMs: 900 });
  expect(seen).toEqual({ uplink: [2], decide: [1], push: [4], apply: [4], total: [11] });
});

test("a slow way back is no part of the cut, once a message came fast", () => {
  const { seen, meter } = meterOf();
  meter.heard(1, 50, 49 + aheadMs);
  meter.sent(1, "3", { sentAtMs: 60, cut: null });
  meter.applied(1, "3", { nowMs: 90, tookMs: 2, kernelAtAgeMs: 1, clockMs: 63 + aheadMs });
  meter.sent(1, "4", { sentAtMs: 102, cut });
  meter.applied(1, "4", { nowMs: 160, tookMs: 50, kernelAtAgeMs: 49, clockMs: 153 + aheadMs });
  expect(seen).toMatchObject({ uplink: [2], push: [2], apply: [1], total: [6] });
});

test("a slow way there is, however fast the answer", () => {
  const { seen, meter } = meterOf();
  meter.heard(1, 50, 49 + aheadMs);
  meter.sent(1, "3", { sentAtMs: 60, cut: null });
  meter.applied(1, "3", { nowMs: 64, tookMs: 2, kernelAtAgeMs: 1, clockMs: 63 + aheadMs });
  meter.sent(1, "4", { sentAtMs: 102, cut });
  meter.applied(1, "4", { nowMs: 145, tookMs: 2, kernelAtAgeMs: 1, clockMs: 144 + aheadMs });
  expect(seen).toMatchObject({ push: [41], apply: [1] });
});

test("a gateway that claims more time than there was makes no phase negative", () => {
  const { seen, meter } = meterOf();
  meter.sent(1, "4", { sentAtMs: 102, cut });
  meter.applied(1, "4", { nowMs: 104, tookMs: 50, kernelAtAgeMs: 60, clockMs: 103 });
  expect(seen["apply"]).toEqual([0]);
  expect(Math.min(...seen["push"]!)).toBeGreaterThanOrEqual(0);
});

test("without the gateway's clock nothing is said about the way, and a link that ended is forgotten", () => {
  const { seen, meter } = meterOf();
  meter.sent(1, "4", { sentAtMs: 102, cut });
  meter.applied(1, "4", { nowMs: 113, tookMs: 5, kernelAtAgeMs: 1, clockMs: undefined });
  expect(seen).toEqual({ uplink: [2], decide: [1], apply: [4] });
  meter.sent(1, "5", { sentAtMs: 202, cut: null });
  meter.forget(1);
  meter.applied(1, "5", { nowMs: 213, tookMs: 5, kernelAtAgeMs: 1, clockMs: 1 });
  expect(seen["push"]).toBeUndefined();
});

test("a confirmed removal is told once, with the time since it was sent", () => {
  const told: unknown[] = [];
  const quiet = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
  const meter = makeCutoffMeter(quiet, {
    sent: (removal) => void told.push(removal),
    confirmed: (removal) => void told.push(removal),
    cut: (one) => void told.push(one),
  });
  meter.sent(1, "4", { sentAtMs: 102, cut: null, removed: 3 });
  meter.sent(1, "5", { sentAtMs: 103, cut: null, removed: 0 });
  const answer = { nowMs: 113, tookMs: 5, kernelAtAgeMs: 1, clockMs: undefined };
  for (const ref of ["4", "4", "5"]) meter.applied(1, ref, answer);
  const removal = { link: 1, ref: "4", removed: 3 };
  expect(told).toEqual([removal, { ...removal, tookMs: 11 }]);
  meter.sent(1, "6", { sentAtMs: 102, cut });
  meter.applied(1, "6", { nowMs: 113, tookMs: 5, kernelAtAgeMs: 1, clockMs: 110 + aheadMs });
  expect(told.slice(2)).toEqual([{ device: "dev_1", tookMs: 11 }]);
});
