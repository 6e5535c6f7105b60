/** The readers of macOS, each loaded when it is wanted. */
import { reader } from "./reader.ts";
import type { Readers } from "./reader.ts";

const protection = reader(async () =>
  (await import("../io/posture/darwin/protection.ts")).collectMacProtection(),
);

/** By the collectors of the catalogue. */
export const readers: Readers = {
  release: reader(async () =>
    (await import("../io/posture/darwin/release.ts")).collectMacRelease(),
  ),
  patches: reader(async () =>
    (await import("../io/posture/darwin/patches.ts")).collectMacPatches(),
  ),
  disk: reader(async () => (await import("../io/posture/darwin/disk.ts")).collectMacDisk()),
  firewall: reader(async () =>
    (await import("../io/posture/darwin/firewall.ts")).collectMacFirewall(),
  ),
  presence: protection,
  protection,
  integrity: reader(async () =>
    (await import("../io/posture/darwin/integrity.ts")).collectMacBoot(),
  ),
  users: reader(async () => (await import("../io/posture/darwin/users.ts")).collectMacUsers()),
  ports: reader(async () => (await import("../io/posture/darwin/ports.ts")).collectMacPorts()),
  screen: reader(async () => (await import("../io/posture/darwin/screen.ts")).collectMacScreen()),
  management: reader(async () =>
    (await import("../io/posture/darwin/management.ts")).collectMacManagement(),
  ),
  software: reader(async () =>
    (await import("../io/posture/darwin/software.ts")).collectMacSoftware(),
  ),
  hardware: reader(async () =>
    (await import("../io/posture/darwin/hardware.ts")).collectMacHardware(),
  ),
};
