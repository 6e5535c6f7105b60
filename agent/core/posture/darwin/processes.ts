/** Reads which programs run as root on a Mac. */
import type { RunningProgram } from "../protection.ts";

/**
 * Reads `ps -axo pid=,uid=,comm=`; null when a line is none. A process can rewrite the path that ps
 * prints of it, so those of people prove nothing and are left out.
 */
export function rootPrograms(text: string): readonly RunningProgram[] | null {
  const programs: RunningProgram[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, pid, uid, path] = /^\s*(\d{1,7})\s+(\d{1,10})\s+(\S.*)$/.exec(line) ?? [];
    if (pid === undefined || uid === undefined || path === undefined) return null;
    if (uid === "0" && path.startsWith("/")) programs.push({ pid: Number(pid), path });
  }
  return programs.length === 0 ? null : programs;
}
