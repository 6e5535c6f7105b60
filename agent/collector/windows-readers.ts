/** The readers of Windows. */
import {
  collectWindowsBoot,
  collectWindowsDisk,
  collectWindowsFirewall,
  collectWindowsPatches,
  collectWindowsPorts,
  collectWindowsProtection,
  collectWindowsRelease,
  collectWindowsScreen,
  collectWindowsUsers,
} from "../io/posture/windows/collectors.ts";
import {
  collectWindowsHardware,
  collectWindowsManagement,
  collectWindowsSoftware,
} from "../io/posture/windows/safeguards.ts";
import { reader, sources } from "./reader.ts";
import type { Reader } from "./reader.ts";

/** In the order in which they are run. */
export const readers: readonly Reader[] = [
  reader(sources.release, collectWindowsRelease),
  reader(sources.patches, collectWindowsPatches),
  reader(/^disk\./, collectWindowsDisk),
  reader(/^firewall\./, collectWindowsFirewall),
  reader(/^edr\./, collectWindowsProtection),
  reader(sources.boot, collectWindowsBoot),
  reader(/^users\./, collectWindowsUsers),
  reader(/^screen\./, collectWindowsScreen),
  reader(/^ports\./, collectWindowsPorts),
  reader(sources.management, collectWindowsManagement),
  reader(sources.software, collectWindowsSoftware),
  reader(sources.hardware, collectWindowsHardware),
];
