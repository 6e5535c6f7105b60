/** Which reader serves which signals, for the collector process. */
import { collectDisk } from "../io/posture/linux/disk.ts";
import { collectIntegrity } from "../io/posture/linux/integrity.ts";
import { collectPatches } from "../io/posture/linux/patches.ts";
import { collectPorts } from "../io/posture/linux/ports.ts";
import type { WatchedProcess } from "../io/posture/linux/processes.ts";
import { collectProtection } from "../io/posture/linux/protection.ts";
import { collectRelease } from "../io/posture/linux/release.ts";
import { collectUsers } from "../io/posture/linux/users.ts";
import type { Observation } from "../io/posture/observation.ts";

/** Facts and the processes on which some of them stand. */
export interface Findings {
  readonly observations: readonly Observation[];
  readonly watched: readonly WatchedProcess[];
}

interface Reader {
  readonly prefix: RegExp;
  readonly read: () => Promise<Findings>;
}

const plain = (read: () => Promise<readonly Observation[]>) => async (): Promise<Findings> => ({
  observations: await read(),
  watched: [],
});

const linuxReaders: readonly Reader[] = [
  { prefix: /^os\.(version|supported|reboot_pending)$/, read: plain(collectRelease) },
  {
    prefix: /^os\.(security_updates|update_source_age_hours|auto_update)$/,
    read: plain(collectPatches),
  },
  { prefix: /^disk\./, read: plain(() => collectDisk()) },
  { prefix: /^edr\./, read: collectProtection },
  { prefix: /^(boot|tpm|kernel|lsm)\.|^os\.kernel$/, read: plain(collectIntegrity) },
  { prefix: /^users\./, read: plain(collectUsers) },
  { prefix: /^ports\./, read: plain(collectPorts) },
];

/** Reads everything that the signals need, one reader after the other, and keeps what was asked. */
export async function collect(signals: readonly string[]): Promise<Findings> {
  const observations: Observation[] = [];
  const watched: WatchedProcess[] = [];
  for (const reader of linuxReaders) {
    if (!signals.some((signal) => reader.prefix.test(signal))) continue;
    const findings = await reader.read();
    observations.push(...findings.observations);
    watched.push(...findings.watched);
  }
  return { observations, watched };
}
