// How a bench of the lab runs: in the private container, with one report and one exit code.
import { LabFailure } from "../lab/command.ts";
import { insideContainer, onStopRequest, prepareContainer } from "../lab/container.ts";
import { runLabProcess } from "../lab/lab-process.ts";
import type { BenchReport } from "./bench-report.ts";

/** How every bench ends. */
export const exit = { measured: 0, failed: 1, usage: 2, machineLacks: 3 } as const;

/** What is run; `file` is the bench's own, which is started again inside the container. */
export interface BenchRun {
  readonly file: string;
  readonly json: boolean;
  /** A missed aim is a failure. */
  readonly gate: boolean;
  readonly measure: () => Promise<BenchReport>;
  /** Prints the table for people. */
  readonly print: (report: BenchReport) => void;
}

/** Measures inside the container, which is started first from outside; returns the exit code. */
export async function runBench(run: BenchRun): Promise<number> {
  return insideContainer() ? inside(run) : outside(run.file);
}

async function inside({ json, gate, measure, print }: BenchRun): Promise<number> {
  onStopRequest(() => process.exit(exit.failed));
  prepareContainer();
  try {
    const report = await measure();
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else print(report);
    return gate && report.aims.some(({ met }) => !met) ? exit.failed : exit.measured;
  } catch (cause) {
    if (!(cause instanceof LabFailure)) throw cause;
    process.stderr.write(`${cause.code}: ${cause.message}\n`);
    return exit.failed;
  }
}

async function outside(file: string): Promise<number> {
  const end = await runLabProcess(file, process.argv.slice(2));
  if (end.kind === "ended") return end.code;
  for (const line of end.lines) process.stderr.write(`${line}\n`);
  return exit.machineLacks;
}
