/** Runs the readers that serve the wanted signals on this system, for the collector process. */
import { catalogue } from "#shared/posture/catalogue.ts";
import type { WatchedProcess } from "../io/posture/linux/processes.ts";
import type { Findings, Observation } from "../io/posture/observation.ts";
import type { Reader, Readers } from "./reader.ts";

/** Reads everything that the signals need on this system, one reader after the other. */
export async function collect(signals: readonly string[], atOnce: boolean): Promise<Findings> {
  const observations: Observation[] = [];
  const watched: WatchedProcess[] = [];
  let again = false;
  for (const read of wantedReaders(await readersOf(process.platform), signals)) {
    const findings = await read(atOnce);
    observations.push(...findings.observations);
    watched.push(...findings.watched);
    again ||= findings.again === true;
  }
  return { observations, watched, again };
}

/** Each once, though two collectors may have the same. */
function wantedReaders(readers: Readers, signals: readonly string[]): ReadonlySet<Reader> {
  const makers = new Set<string>(
    catalogue.filter(({ signal }) => signals.includes(signal)).map(({ madeBy }) => madeBy),
  );
  const wanted = Object.entries(readers).filter(([collector]) => makers.has(collector));
  return new Set(wanted.map(([, read]) => read));
}

/** Loads the readers of this system only: each start of the process pays for what it loads. */
async function readersOf(platform: NodeJS.Platform): Promise<Readers> {
  if (platform === "linux") return (await import("./linux-readers.ts")).readers;
  if (platform === "darwin") return (await import("./darwin-readers.ts")).readers;
  return platform === "win32" ? (await import("./windows-readers.ts")).readers : {};
}
