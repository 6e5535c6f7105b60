import { expect, test } from "vitest";
import { emptyFindings, reportOf } from "../lab/report.ts";
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
const disk = (name: string, value: boolean) =>
  `disk: ${name}: {"kind":"known","value":${value}} "/: {}"\r`;
const disks = [
  disk("plain", false),
  disk("luks2", true),
  disk("luks2 beside plain swap", false),
  disk("luks2 and plain as one volume", false),
  disk("luks1", true),
];
const console = ["booted", "go-tests: wg ended with 0\r", "go-tests: route ended with 0", ...disks];
const good = { console, answer: JSON.stringify(reportOf(findings)), goTests: 2 };

test("a machine that ran everything on the kernel's WireGuard has no faults", () => {
  expect(judge(good).faults).toEqual([]);
});

test.each([
  [
    "a failed package",
    { console: console.map((line) => line.replace("route ended with 0", "route ended with 1")) },
  ],
  ["a package that never ended", { console: console.filter((line) => !line.includes("route")) }],
  ["a plain disk that passes for encrypted", { console: [...console, disk("plain", true)] }],
  ["an encrypted disk that passes for plain", { console: [...console, disk("luks1", false)] }],
  ["a disk that nothing was told of", { console: console.slice(0, -1) }],
  ["no report", { answer: "" }],
  ["userspace", { answer: JSON.stringify(reportOf({ ...findings, wireguard: "userspace" })) }],
  ["a leak", { answer: JSON.stringify(reportOf({ ...findings, leakedPackets: 1 })) }],
])("%s is a fault", (_name, change) => {
  expect(judge({ ...good, ...change }).faults).not.toEqual([]);
});
