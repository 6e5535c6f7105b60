/** The readers of Linux, each loaded when it is wanted: every start of the process pays for what it loads. */
import { reader, sources } from "./reader.ts";
import type { Reader } from "./reader.ts";

/** In the order in which they are run. */
export const readers: readonly Reader[] = [
  reader(sources.release, async () =>
    (await import("../io/posture/linux/release.ts")).collectRelease(),
  ),
  reader(sources.patches, async () =>
    (await import("../io/posture/linux/patches.ts")).collectPatches(),
  ),
  reader(/^disk\./, async () => (await import("../io/posture/linux/disk.ts")).collectDisk()),
  {
    signals: /^edr\./,
    read: async () => (await import("../io/posture/linux/protection.ts")).collectProtection(),
  },
  reader(sources.boot, async () =>
    (await import("../io/posture/linux/integrity.ts")).collectIntegrity(),
  ),
  reader(/^users\./, async () => (await import("../io/posture/linux/users.ts")).collectUsers()),
  reader(/^screen\./, async () => (await import("../io/posture/linux/screen.ts")).collectScreen()),
  reader(/^ports\./, async () => (await import("../io/posture/linux/ports.ts")).collectPorts()),
  reader(sources.management, async () =>
    (await import("../io/posture/linux/management.ts")).collectManagement(),
  ),
  reader(/^certificates\./, async () =>
    (await import("../io/posture/linux/certificates.ts")).collectCertificates(),
  ),
  reader(sources.software, async () =>
    (await import("../io/posture/linux/software.ts")).collectSoftware(),
  ),
  reader(sources.hardware, async () =>
    (await import("../io/posture/linux/hardware.ts")).collectHardware(),
  ),
  reader(/^checks\./, async () => (await import("../io/posture/linux/checks.ts")).collectChecks()),
];
