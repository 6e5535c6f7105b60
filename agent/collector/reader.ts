/** What a reader is. */
import type { CollectorName } from "#shared/posture/catalogue-entry.ts";
import type { WatchedProcess } from "../io/posture/linux/processes.ts";
import type { Observation } from "../io/posture/observation.ts";

/** Facts and the processes on which some of them stand. */
export interface Findings {
  readonly observations: readonly Observation[];
  readonly watched: readonly WatchedProcess[];
}

/** Reads all signals of one collector. */
export type Reader = () => Promise<Findings>;

/** The readers of a system by the collectors that the catalogue names, in the order in which they run. */
export type Readers = Readonly<Partial<Record<CollectorName, Reader>>>;

/** Returns a reader whose facts stand on no process. */
export function reader(read: () => Promise<readonly Observation[]>): Reader {
  return async () => ({ observations: await read(), watched: [] });
}
