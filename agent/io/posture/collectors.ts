/** Chooses the collectors of the system that we run on. */
import type { OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import type { Collectors } from "../../ports.ts";
import { createLinuxCollectors } from "./linux/collectors.ts";
import type { LinuxCollectorsOptions } from "./linux/collectors.ts";
import { createProcessCollectors } from "./process-collectors.ts";

/** Returns the collectors; nothing is started before the first request. */
export function openCollectors(os: OperatingSystem, options: LinuxCollectorsOptions): Collectors {
  return os === "linux" ? createLinuxCollectors(options) : createProcessCollectors(options);
}
