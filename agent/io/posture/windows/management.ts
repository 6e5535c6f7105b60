/** Asks for device management and directory. Not run on a real PC. */
import { join } from "node:path";
import { unknown } from "#shared/posture/reading.ts";
import {
  judgeDsregcmd,
  judgeWindowsDomain,
  judgeWindowsEnrolment,
} from "../../../core/posture/windows/management.ts";
import { runTool } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** Enrolments in device management. */
const enrolmentQuery =
  "$e=@(Get-ChildItem 'HKLM:\\SOFTWARE\\Microsoft\\Enrollments'|ForEach-Object{Get-ItemProperty $_.PSPath}|Where-Object{$_.ProviderID});" +
  json(
    "@($e|ForEach-Object{[pscustomobject]@{State=(n $_.EnrollmentState);Provider=[string]$_.ProviderID}})",
  );

/** Active Directory and Entra ID, without any user's context. */
const domainQuery =
  "$s=Get-CimInstance Win32_ComputerSystem;" +
  "$c=Test-Path 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo\\*';" +
  json("[pscustomobject]@{PartOfDomain=(b $s.PartOfDomain);CloudJoined=[bool]$c}");

const dsregcmdDeadlineMs = 10_000;

/** Device management and directory. */
export async function collectWindowsManagement(): Promise<readonly Observation[]> {
  const enrolment = await ask(enrolmentQuery, (answer) => [
    ["mdm.enrolled", judgeWindowsEnrolment(answer)],
  ]);
  const domain = await ask(domainQuery, (answer) => [
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
