/** Runs one fixed PowerShell query and reads its JSON. */
import { join } from "node:path";
import type { UnknownReason } from "#shared/posture/fact.ts";
import { parseAnswer } from "../../../core/posture/windows/answer.ts";
import { runTool } from "../command.ts";

/** Windows Update may search for minutes; every other query answers in a second. */
const queryDeadlineMs = 20_000;

/** What a query gave; `answer` is undefined when it failed. */
export interface QueryResult {
  readonly answer: unknown;
  readonly text: string;
  readonly tool: string;
  readonly tookMs: number;
  readonly failed: UnknownReason | null;
}

const head =
  "[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false);" +
  "$ProgressPreference='SilentlyContinue';$ErrorActionPreference='Stop';" +
  // A cast makes 0 or false of what is missing: these leave it missing.
  "function n($v){if($null -ne $v){[long]$v}else{$null}};" +
  "function b($v){if($null -ne $v){[bool]$v}else{$null}};" +
  "function e($r){[pscustomobject]@{Error=('0x{0:x8} {1} {2}' -f $r.Exception.HResult,$r.FullyQualifiedErrorId,$r.Exception.Message)}};";

/** Where only administrators and the installer service may write. */
export function systemFolder(): string {
  return join(process.env["SystemRoot"] ?? "C:\\Windows", "System32");
}

/** Windows' own PowerShell 5.1; the newer one need not be there. */
export function powershellPath(): string {
  return join(systemFolder(), "WindowsPowerShell", "v1.0", "powershell.exe");
}

/** Runs a query whose text is a constant of ours; nothing from outside is ever put into it. */
export async function query(script: string, deadlineMs = queryDeadlineMs): Promise<QueryResult> {
  const tool = powershellPath();
  const run = await runTool({
    candidates: [tool],
    args: [
      "-NoLogo",
      "-NoProfile",
      "-NonInteractive",
      "-ExecutionPolicy",
      "Bypass",
      "-Command",
      `${head}${script}`,
    ],
    deadlineMs,
  });
  if (run.kind === "failed") {
    return { answer: undefined, text: "", tool, tookMs: run.tookMs, failed: run.reason };
  }
  const answer = run.exitCode === 0 ? parseAnswer(run.stdout) : undefined;
  const failed = answer === undefined ? "parse" : null;
  return { answer, text: run.stdout, tool, tookMs: run.tookMs, failed };
}
