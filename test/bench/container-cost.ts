// What everything in the bench's own process namespace costs, from /proc.
import { readFileSync, readdirSync } from "node:fs";

/** The kernel's USER_HZ, 100 on every Linux that Node supports. */
const msPerTick = 10;

/** What all processes of the container have cost. */
export interface ContainerCost {
  /** CPU of all processes so far, those that ended included. */
  readonly cpuMs: number;
  /** Processes and threads started so far. */
  readonly tasks: number;
}

/** Sums over the namespace whose first process runs us; costs some milliseconds itself. */
export function readContainer(): ContainerCost {
  let ticks = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const fields = statOf(pid)?.split(") ").at(-1)?.split(" ") ?? [];
    // utime stime cutime cstime: the last two hold what reaped children used.
    for (const index of [11, 12, 13, 14]) ticks += Number(fields[index] ?? 0);
  }
  const lastPid = Number(readFileSync("/proc/sys/kernel/ns_last_pid", "utf8"));
  return { cpuMs: ticks * msPerTick, tasks: lastPid };
}

function statOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return null; // ended meanwhile
    throw error;
  }
}
