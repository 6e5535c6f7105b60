import { expect, it } from "vitest";
import { cutEndsOf, gatewayCutAtMs, phasesOf } from "./phases.ts";

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

const phases = phasesOf(lines);
const seen = {
  openedAtMs: 100,
  laptopRefusedAtMs: null,
  youngestSentAtMs: 107.5,
  cutoffMs: { tcp: 9, udp: 8.1 },
};

it("gives each flow a rest that makes phases and cut-off one sum", () => {
  const { restMs, ...ends } = cutEndsOf(phases, seen, gatewayCutAtMs(lines));
  expect(ends).toEqual({ first: "gateway", gatewayMs: 8.063, laptopMs: null, lastPassedMs: 7.5 });
  const sum = Object.values(phases as unknown as Record<string, number>).reduce((a, b) => a + b);
  expect(sum + restMs.tcp).toBeCloseTo(9, 3);
  expect(sum + restMs.udp).toBeCloseTo(8.1, 3);
});

it("names the laptop where its kernel refused before the gateway's had the removal", () => {
  const cutoffMs = { tcp: 6, udp: 0 };
  const refused = { ...seen, cutoffMs };
  const early = cutEndsOf(phases, { ...refused, laptopRefusedAtMs: 106 }, 108.0625);
  expect(early).toMatchObject({ first: "laptop", laptopMs: 6 });
  expect(early.restMs.tcp).toBeLessThan(0);
  const late = cutEndsOf(phases, { ...refused, laptopRefusedAtMs: 109 }, 108.0625);
  expect(late).toMatchObject({ first: "gateway", laptopMs: 9 });
});
