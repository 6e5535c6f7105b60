/** What a reader is. */
import type { CollectorName } from "#shared/posture/catalogue-entry.ts";
import type { Findings, Observation } from "../io/posture/observation.ts";

/** Reads all signals of one collector; `atOnce` leaves out what would take seconds. */
export type Reader = (atOnce: boolean) => Promise<Findings>;

/** The readers of a system by the collectors that the catalogue names, in the order in which they run. */
export type Readers = Readonly<Partial<Record<CollectorName, Reader>>>;

/** Returns a reader whose facts stand on no process. */
export function reader(read: () => Promise<readonly Observation[]>): Reader {
  return async () => ({ observations: await read(), watched: [] });
}
