/** The readers of Linux, each loaded when it is wanted: every start of the process pays for what it loads. */
import { reader } from "./reader.ts";
import type { Readers } from "./reader.ts";

const protection = async () =>
  (await import("../io/posture/linux/protection.ts")).collectProtection();

/** By the collectors of the catalogue. */
export const readers: Readers = {
  release: reader(async () => (await import("../io/posture/linux/release.ts")).collectRelease()),
  patches: async (atOnce) =>
    (await import("../io/posture/linux/patches.ts")).collectPatches(atOnce),
  disk: reader(async () => (await import("../io/posture/linux/disk.ts")).collectDisk()),
  presence: protection,
  protection,
  integrity: reader(async () =>
    (await import("../io/posture/linux/integrity.ts")).collectIntegrity(),
  ),
  users: reader(async () => (await import("../io/posture/linux/users.ts")).collectUsers()),
  screen: reader(async () => (await import("../io/posture/linux/screen.ts")).collectScreen()),
  ports: reader(async () => (await import("../io/posture/linux/ports.ts")).collectPorts()),
  management: reader(async () =>
    (await import("../io/posture/linux/management.ts")).collectManagement(),
  ),
  certificates: reader(async () =>
    (await import("../io/posture/linux/certificates.ts")).collectCertificates(),
  ),
  software: reader(async () => (await import("../io/posture/linux/software.ts")).collectSoftware()),
  hardware: reader(async () => (await import("../io/posture/linux/hardware.ts")).collectHardware()),
  checks: reader(async () => (await import("../io/posture/linux/checks.ts")).collectChecks()),
};
