/** Ends what a program started and sent into a session of its own, where the group kill misses it. */
import { readFileSync, readdirSync } from "node:fs";

/** Who forks while we look is met by the next look. */
const looksMax = 3;

/**
 * Kills every process with these bytes in its environment. One that emptied its own lives on until the
 * collector ends, and systemd with it all that the service started.
 */
export function killMarked(mark: string): void {
  if (process.platform !== "linux") return;
  for (let look = 0; look < looksMax; look++) {
    const found = readdirSync("/proc").filter(
      (name) => /^\d+$/.test(name) && environmentOf(name).includes(mark),
    );
    if (found.length === 0) return;
    for (const name of found) kill(Number(name));
  }
}

/** Other people's, and what ended meanwhile, tells nothing. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
