/** The readers of macOS, each loaded when it is wanted. */
import { reader } from "./reader.ts";
import type { Readers } from "./reader.ts";

const protection = reader(async () =>
  (await import("../io/posture/darwin/protection.ts")).collectMacProtection(),
);

/** By the collectors of the catalogue. */
export const readers: Readers = {
  release: reader(async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacRelease(),
  ),
  patches: reader(async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacPatches(),
  ),
  disk: reader(async () => (await import("../io/posture/darwin/collectors.ts")).collectMacDisk()),
  firewall: reader(async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacFirewall(),
  ),
  presence: protection,
  protection,
  integrity: reader(async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacBoot(),
  ),
  users: reader(async () => (await import("../io/posture/darwin/collectors.ts")).collectMacUsers()),
  ports: reader(async () => (await import("../io/posture/darwin/collectors.ts")).collectMacPorts()),
  screen: reader(async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacScreen(),
  ),
  management: reader(async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacManagement(),
  ),
  software: reader(async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacSoftware(),
  ),
  hardware: reader(async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacHardware(),
  ),
};
