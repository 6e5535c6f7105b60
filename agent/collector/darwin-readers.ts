/** The readers of macOS. */
import {
  collectMacDisk,
  collectMacFirewall,
  collectMacPatches,
  collectMacPorts,
  collectMacRelease,
  collectMacUsers,
} from "../io/posture/darwin/collectors.ts";
import { collectMacProtection } from "../io/posture/darwin/protection.ts";
import {
  collectMacBoot,
  collectMacHardware,
  collectMacManagement,
  collectMacScreen,
  collectMacSoftware,
} from "../io/posture/darwin/safeguards.ts";
import { reader, sources } from "./reader.ts";
import type { Reader } from "./reader.ts";

/** In the order in which they are run. */
export const readers: readonly Reader[] = [
  reader(sources.release, collectMacRelease),
  reader(sources.patches, collectMacPatches),
  reader(/^disk\./, collectMacDisk),
  reader(/^firewall\./, collectMacFirewall),
  reader(/^edr\./, collectMacProtection),
  reader(sources.boot, collectMacBoot),
  reader(/^users\./, collectMacUsers),
  reader(/^ports\./, collectMacPorts),
  reader(/^screen\./, collectMacScreen),
  reader(sources.management, collectMacManagement),
  reader(sources.software, collectMacSoftware),
  reader(sources.hardware, collectMacHardware),
];
