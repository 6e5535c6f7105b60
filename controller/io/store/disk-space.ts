/** Watches the free space of the state folder: below 2 % nothing is opened any more. */
import { statfs } from "node:fs/promises";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

const periodMs = 10_000;
const leastShare = 0.02;

/** The watch; `low` is from the last look, at most 10 s ago. */
export interface DiskSpace {
  low(): boolean;
  stop(): void;
}

/** Looks once before it returns, then every 10 s. */
export async function watchDiskSpace(
  directory: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<DiskSpace> {
  let low = false;
  let cancel: () => void = () => undefined;
  const look = async () => {
    const was = low;
    low = await isLow(directory);
    if (low && !was) log.error("disk nearly full, nothing is opened", { directory });
    if (!low && was) log.info("disk has space again", { directory });
  };
  const again = () => {
    cancel = clock.wake(periodMs, () => void look().finally(again));
  };
  await look();
  again();
  return { low: () => low, stop: () => cancel() };
}

/** A folder whose file system cannot be asked counts as full: it cannot be written either. */
async function isLow(directory: string): Promise<boolean> {
  try {
    const { bavail, blocks } = await statfs(directory);
    return blocks > 0 && bavail / blocks < leastShare;
  } catch {
    return true;
  }
}
