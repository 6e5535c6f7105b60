import { expect, it } from "vitest";
import { emptyFindings, reportOf, type Findings } from "./report.ts";

const good: Findings = {
  ...emptyFindings(false),
  wireguard: "userspace",
  enrolMs: 1,
  tunnelUpMs: 1,
  firstByteMs: 1,
  cutoffMs: { tcp: 10, udp: 0 },
  phasesMs: { detect: 1, uplink: 1, decide: 1, push: 1, apply: 1 },
  cutEnds: {
    first: "gateway",
    gatewayMs: 5,
    laptopMs: 6,
    lastPassedMs: 4,
    restMs: { tcp: 5, udp: -5 },
  },
  restoreMs: 2_000,
  leakedPackets: 0,
  controls: {
    impostorAnswersWithoutGuard: true,
    flowAliveBeforeCut: true,
    capturedTunnelPackets: 9,
  },
};

it("is ok when all is measured and all controls hold", () => {
  expect(reportOf(good)).toMatchObject({ schema: "sallyport.lab/1", ok: true });
  expect(reportOf(good)).not.toHaveProperty("failed");
  // The object is a contract: what is for people alone stays out of it.
  expect(reportOf(good)).not.toHaveProperty("cutEnds");
});

it("takes a wider limit for the cut on a machine that is slow itself", () => {
  const slow = { ...good, cutoffMs: { tcp: 9_000, udp: 1 } };
  expect(reportOf(slow, undefined, 10_000)).toMatchObject({ ok: true });
  expect(reportOf(slow)).toMatchObject({ ok: false });
});

it.each<[string, Partial<Findings>]>([
  ["no cut-off", { cutoffMs: null }],
  ["a slow cut", { cutoffMs: { tcp: 1_000, udp: 1 } }],
  ["a cut that never came", { cutoffMs: { tcp: 1, udp: Number.POSITIVE_INFINITY } }],
  ["a leak", { leakedPackets: 1 }],
  ["uncounted leaks", { leakedPackets: null }],
  ["a silent impostor", { controls: { ...good.controls, impostorAnswersWithoutGuard: false } }],
  ["flows that never ran", { controls: { ...good.controls, flowAliveBeforeCut: false } }],
  ["no tunnel packets", { controls: { ...good.controls, capturedTunnelPackets: 0 } }],
])("is not ok with %s", (_what, change) => {
  const report = reportOf({ ...good, ...change });
  expect(report.ok).toBe(false);
  expect(report.failed).toMatchObject({ code: "shortfall" });
});

it("keeps what was found before a failure", () => {
  const failed = { step: "enrol", code: "SP-101", detail: "key expired" };
  expect(reportOf({ ...emptyFindings(true) }, failed)).toMatchObject({
    ok: false,
    failed,
    rootless: true,
    cutoffMs: null,
  });
});
