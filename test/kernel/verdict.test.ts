import { describe, expect, test } from "vitest";
import { emptyFindings, reportOf } from "../lab/report.ts";
import { goPackages, goTestFolder, kernelParts, lanes, scenarios } from "./parts.ts";
import { judge } from "./verdict.ts";

const findings = {
  ...emptyFindings(false),
  wireguard: "kernel" as const,
  cutoffMs: { tcp: 1, udp: 1 },
  leakedPackets: 0,
  controls: {
    impostorAnswersWithoutGuard: true,
    flowAliveBeforeCut: true,
    capturedTunnelPackets: 1,
  },
};
const answer = JSON.stringify(reportOf(findings));
const disk = (name: string, value: boolean) =>
  `disk: ${name}: {"kind":"known","value":${value}} "/: {}"\r`;
const disks = [
  disk("plain", false),
  disk("luks2", true),
  disk("luks2 beside plain swap", false),
  disk("luks2 and plain as one volume", false),
  disk("luks1", true),
];
const goTests = (goPackages.netd ?? []).flatMap((name) => [
  "--- PASS: TestOne (0.10s)\r",
  `go-tests: ${goTestFolder(name)} ended with 0\r`,
]);
const told = [
  "WireGuard of the lab: kernel\r",
  ...scenarios.map(
    (name) => `capture: test/e2e/${name}.test.ts: 9 packets of the tunnel, 0 in clear`,
  ),
  "12 passed, 0 failed, 0 skipped\r",
];
const changed = (lines: readonly string[], from: string, to: string) =>
  lines.map((line) => line.replace(from, to));
const without = (lines: readonly string[], part: string) =>
  lines.filter((line) => !line.includes(part));

test("each part has its turn once", () => {
  expect(lanes.flat().toSorted()).toEqual(kernelParts.toSorted());
});

test("a part of which everything held has no faults", () => {
  expect(judge("disks", { console: disks, answer: "" })).toEqual([]);
  expect(judge("netd", { console: goTests, answer: "" })).toEqual([]);
  expect(judge("lab", { console: [], answer })).toEqual([]);
  expect(judge("scenarios", { console: told, answer: "" })).toEqual([]);
});

describe("a fault is", () => {
  test.each([
    ["a plain disk that passes for encrypted", [...disks, disk("plain", true)]],
    ["an encrypted disk that passes for plain", [...disks, disk("luks1", false)]],
    ["a disk that nothing was told of", disks.slice(0, -1)],
  ])("%s", (_name, console) => {
    expect(judge("disks", { console, answer: "" })).not.toEqual([]);
  });

  test.each([
    ["a failed package", changed(goTests, "route ended with 0", "route ended with 1")],
    ["a package that never ended", without(goTests, "route")],
    ["a package in which nothing ran", changed(goTests, "--- PASS", "--- SKIP")],
  ])("%s", (_name, console) => {
    expect(judge("netd", { console, answer: "" })).not.toEqual([]);
  });

  test.each([
    ["no report", ""],
    ["userspace", JSON.stringify(reportOf({ ...findings, wireguard: "userspace" }))],
    ["a leak", JSON.stringify(reportOf({ ...findings, leakedPackets: 1 }))],
  ])("%s of the lab", (_name, answer) => {
    expect(judge("lab", { console: [], answer })).not.toEqual([]);
  });

  test.each([
    ["a scenario that never ran", without(told, "lease-end")],
    ["a capture with something in clear", changed(told, "0 in clear", "1 in clear")],
    ["a failed scenario", changed(told, "0 failed", "1 failed")],
    ["a scenario left out", changed(told, "0 skipped", "1 skipped")],
    ["WireGuard of another kind", changed(told, "kernel", "userspace")],
    ["an end that nobody told", told.slice(0, -1)],
  ])("%s", (_name, console) => {
    expect(judge("scenarios", { console, answer: "" })).not.toEqual([]);
  });
});
