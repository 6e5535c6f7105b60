/** Readers of how Windows protects itself and who manages it; not run on a real PC. */
import { join } from "node:path";
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import {
  judgeDeviceGuard,
  judgeDsregcmd,
  judgeWindowsAutologin,
  judgeWindowsBrowsers,
  judgeWindowsDomain,
  judgeWindowsEnrolment,
  judgeWindowsHardware,
} from "../../../core/posture/windows/safeguards.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import * as queries from "./safeguard-queries.ts";

const dsregcmdDeadlineMs = 10_000;

/** Virtualization-based security, memory integrity, test mode. */
export function collectWindowsDeviceGuard(): Promise<readonly Observation[]> {
  return ask(queries.deviceGuardQuery, (answer) => {
    const { virtualization, memoryIntegrity, testSigning } = judgeDeviceGuard(answer);
    return [
      ["boot.virtualization_security", virtualization],
      ["kernel.memory_integrity", memoryIntegrity],
      ["boot.test_signing", testSigning],
    ];
  });
}

/** Automatic sign-in. */
export function collectWindowsAutologin(): Promise<readonly Observation[]> {
  return ask(queries.autologinQuery, (answer) => [
    ["users.autologin", judgeWindowsAutologin(answer)],
  ]);
}

/** Device management and directory. */
export async function collectWindowsManagement(): Promise<readonly Observation[]> {
  const enrolment = await ask(queries.enrolmentQuery, (answer) => [
    ["mdm.enrolled", judgeWindowsEnrolment(answer)],
  ]);
  const domain = await ask(queries.domainQuery, (answer) => [
    ["domain.joined", judgeWindowsDomain(answer)],
  ]);
  const told = domain.some(({ fact }) => fact.reading.kind === "known");
  return [...enrolment, ...(told ? domain : await askDsregcmd())];
}

/** Constrained Language Mode refuses our queries; dsregcmd answers all the same. */
async function askDsregcmd(): Promise<readonly Observation[]> {
  const system = join(process.env["SystemRoot"] ?? "C:\\Windows", "System32");
  const tool = join(system, "dsregcmd.exe");
  const run = await runTool({
    candidates: [tool],
    args: ["/status"],
    deadlineMs: dsregcmdDeadlineMs,
  });
  const text = run.kind === "ended" ? run.stdout : "";
  const reading = run.kind === "failed" ? unknown(run.reason) : judgeDsregcmd(text);
  return observe([["domain.joined", reading]], {
    collector: "windows",
    collectorVersion: 1,
    by: "os",
    text,
    tool,
    tookMs: run.tookMs,
  });
}

function unknown(reason: UnknownReason): Reading {
  return { kind: "unknown", reason };
}

/** Browsers. */
export function collectWindowsSoftware(): Promise<readonly Observation[]> {
  return ask(queries.browsersQuery, (answer) => [
    ["browsers.installed", judgeWindowsBrowsers(answer)],
  ]);
}

/** Maker, model and serial numbers. */
export function collectWindowsHardware(): Promise<readonly Observation[]> {
  return ask(queries.hardwareQuery, (answer) => {
    const { vendor, model, serials } = judgeWindowsHardware(answer);
    return [
      ["hardware.vendor", vendor],
      ["hardware.model", model],
      ["hardware.serials", serials],
    ];
  });
}
