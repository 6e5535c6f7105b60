/** The readers of Windows, each loaded when it is wanted. */
import { reader } from "./reader.ts";
import type { Readers } from "./reader.ts";

const protection = reader(async () =>
  (await import("../io/posture/windows/protection.ts")).collectWindowsProtection(),
);

/** By the collectors of the catalogue. */
export const readers: Readers = {
  release: reader(async () =>
    (await import("../io/posture/windows/release.ts")).collectWindowsRelease(),
  ),
  patches: reader(async () =>
    (await import("../io/posture/windows/patches.ts")).collectWindowsPatches(),
  ),
  disk: reader(async () => (await import("../io/posture/windows/disk.ts")).collectWindowsDisk()),
  firewall: reader(async () =>
    (await import("../io/posture/windows/firewall.ts")).collectWindowsFirewall(),
  ),
  presence: protection,
  protection,
  integrity: reader(async () =>
    (await import("../io/posture/windows/integrity.ts")).collectWindowsBoot(),
  ),
  users: reader(async () => (await import("../io/posture/windows/users.ts")).collectWindowsUsers()),
  screen: reader(async () =>
    (await import("../io/posture/windows/screen.ts")).collectWindowsScreen(),
  ),
  ports: reader(async () => (await import("../io/posture/windows/ports.ts")).collectWindowsPorts()),
  management: reader(async () =>
    (await import("../io/posture/windows/management.ts")).collectWindowsManagement(),
  ),
  software: reader(async () =>
    (await import("../io/posture/windows/software.ts")).collectWindowsSoftware(),
  ),
  hardware: reader(async () =>
    (await import("../io/posture/windows/hardware.ts")).collectWindowsHardware(),
  ),
};
