// What a running process costs, from /proc.
import { readFileSync } from "node:fs";
import { monotonicMs } from "../lab/clock.ts";

/** What a process has used so far and holds. */
export interface ProcessReading {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** The kernel's USER_HZ, 100 on every Linux that Node supports. */
const msPerTick = 10;

/** CPU time so far and resident memory now; throws when the process is gone. */
export function readProcess(pid: number): ProcessReading {
  const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "";
  const fields = afterName.split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const rssKiB = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { atMs: monotonicMs(), cpuMs: ticks * msPerTick, rssMiB: Math.round(rssKiB / 1024) };
}

/** Share of one core between two readings, in percent with two places. */
export function cpuPercent(before: ProcessReading, after: ProcessReading): number {
  const share = (after.cpuMs - before.cpuMs) / (after.atMs - before.atMs);
  return Math.round(share * 10_000) / 100;
}
