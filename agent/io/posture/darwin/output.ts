/** Runs a tool of a Mac and turns what it printed into observations. */
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import { runTool } from "../command.ts";
import type { Account } from "../command.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";

const toolDeadlineMs = 5_000;

/** What one tool printed; standard error beside, since some of Apple's tools answer there. */
export interface Output {
  readonly text: string;
  readonly errors: string;
  readonly tool: string;
  readonly tookMs: number;
  readonly failed: UnknownReason | null;
}

/** How a tool is run besides its arguments. */
export interface OutputOptions {
  readonly deadlineMs?: number;
  readonly as?: Account;
}

/** Returns what a tool printed; never rejects. */
export async function output(
  tool: string,
  args: readonly string[],
  { deadlineMs = toolDeadlineMs, as }: OutputOptions = {},
): Promise<Output> {
  const run = await runTool({
    candidates: [tool],
    args,
    deadlineMs,
    ...(as === undefined ? {} : { as }),
  });
  return run.kind === "failed"
    ? { text: "", errors: "", tool, tookMs: run.tookMs, failed: run.reason }
    : { text: run.stdout, errors: run.stderr, tool, tookMs: run.tookMs, failed: null };
}

/** Returns the judgement, or why the tool gave nothing to judge. */
export function judged(from: Output, judge: () => Reading): Reading {
  return from.failed === null ? judge() : { kind: "unknown", reason: from.failed };
}

/** Returns the observations of one look. */
export function told(
  readings: readonly (readonly [string, Reading])[],
  from: readonly Output[],
): readonly Observation[] {
  return observe(readings, {
    collector: "darwin",
    collectorVersion: 1,
    by: "os",
    text: from.map(({ text, errors }) => `${text}${errors}`).join("\n"),
    tookMs: from.reduce((sum, { tookMs }) => sum + tookMs, 0),
    tool: from[0]?.tool,
  });
}

/** Returns a property list file as XML, whichever form it has on disk. */
export function plistOf(file: string): Promise<Output> {
  return output("/usr/bin/plutil", ["-convert", "xml1", "-o", "-", "--", file]);
}
