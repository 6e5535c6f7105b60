/** What a reader is, and which signals come together on every system. */
import type { WatchedProcess } from "../io/posture/linux/processes.ts";
import type { Observation } from "../io/posture/observation.ts";

/** Facts and the processes on which some of them stand. */
export interface Findings {
  readonly observations: readonly Observation[];
  readonly watched: readonly WatchedProcess[];
}

/** Reads the signals that its pattern names. */
export interface Reader {
  readonly signals: RegExp;
  readonly read: () => Promise<Findings>;
}

/** Returns a reader whose facts stand on no process. */
export function reader(signals: RegExp, read: () => Promise<readonly Observation[]>): Reader {
  return { signals, read: async () => ({ observations: await read(), watched: [] }) };
}

/** Signals of one source that have no common prefix. */
export const sources = {
  release: /^os\.(product|version|supported|support_days_left|uptime_days|reboot_pending)$/,
  patches: /^os\.(security_updates|update_source_age_hours|auto_update)$/,
  boot: /^(boot|tpm|kernel|lsm|apps)\.|^os\.kernel$/,
  management: /^(mdm|domain)\./,
  software: /^os\.held_packages$|^browsers\./,
  hardware: /^hardware\./,
} as const;
