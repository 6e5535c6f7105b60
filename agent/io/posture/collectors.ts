/** Chooses the collectors of the system that we run on. */
import type { OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import type { Collectors } from "../../ports.ts";
import { watchMac } from "./darwin/system-watch.ts";
import { createLinuxCollectors } from "./linux/collectors.ts";
import type { LinuxCollectorsOptions } from "./linux/collectors.ts";
import { createProcessCollectors } from "./process-collectors.ts";
import { watchWindows } from "./windows/system-watch.ts";

/** Returns the collectors; nothing is started before the first request. */
export function openCollectors(os: OperatingSystem, options: LinuxCollectorsOptions): Collectors {
  if (os === "linux") return createLinuxCollectors(options);
  return createProcessCollectors({ ...options, watch: os === "darwin" ? watchMac : watchWindows });
}
