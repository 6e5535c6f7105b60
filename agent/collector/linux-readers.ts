/** The readers of Linux. */
import { collectCertificates } from "../io/posture/linux/certificates.ts";
import { collectChecks } from "../io/posture/linux/checks.ts";
import { collectDisk } from "../io/posture/linux/disk.ts";
import { collectHardware } from "../io/posture/linux/hardware.ts";
import { collectIntegrity } from "../io/posture/linux/integrity.ts";
import { collectManagement } from "../io/posture/linux/management.ts";
import { collectPatches } from "../io/posture/linux/patches.ts";
import { collectPorts } from "../io/posture/linux/ports.ts";
import { collectProtection } from "../io/posture/linux/protection.ts";
import { collectRelease } from "../io/posture/linux/release.ts";
import { collectScreen } from "../io/posture/linux/screen.ts";
import { collectSoftware } from "../io/posture/linux/software.ts";
import { collectUsers } from "../io/posture/linux/users.ts";
import { reader, sources } from "./reader.ts";
import type { Reader } from "./reader.ts";

/** In the order in which they are run. */
export const readers: readonly Reader[] = [
  reader(sources.release, collectRelease),
  reader(sources.patches, collectPatches),
  reader(/^disk\./, () => collectDisk()),
  { signals: /^edr\./, read: collectProtection },
  reader(sources.boot, collectIntegrity),
  reader(/^users\./, collectUsers),
  reader(/^screen\./, collectScreen),
  reader(/^ports\./, collectPorts),
  reader(sources.management, collectManagement),
  reader(/^certificates\./, () => collectCertificates()),
  reader(sources.software, collectSoftware),
  reader(sources.hardware, () => collectHardware()),
  reader(/^checks\./, () => collectChecks()),
];
