/** Runs the readers that serve the wanted signals on this system, for the collector process. */
import type { WatchedProcess } from "../io/posture/linux/processes.ts";
import type { Observation } from "../io/posture/observation.ts";
import type { Findings, Reader } from "./reader.ts";

/** Reads everything that the signals need on this system, one reader after the other. */
export async function collect(signals: readonly string[]): Promise<Findings> {
  const observations: Observation[] = [];
  const watched: WatchedProcess[] = [];
  for (const { signals: served, read } of await readersOf(process.platform)) {
    if (!signals.some((signal) => served.test(signal))) continue;
    const findings = await read();
    observations.push(...findings.observations);
    watched.push(...findings.watched);
  }
  return { observations, watched };
}

/** Loads the readers of this system only: each start of the process pays for what it loads. */
async function readersOf(platform: NodeJS.Platform): Promise<readonly Reader[]> {
  if (platform === "linux") return (await import("./linux-readers.ts")).readers;
  if (platform === "darwin") return (await import("./darwin-readers.ts")).readers;
  return platform === "win32" ? (await import("./windows-readers.ts")).readers : [];
}
