/** The readers of Windows, each loaded when it is wanted. */
import { reader } from "./reader.ts";
import type { Readers } from "./reader.ts";

const protection = reader(async () =>
  (await import("../io/posture/windows/collectors.ts")).collectWindowsProtection(),
);

/** By the collectors of the catalogue. */
export const readers: Readers = {
  release: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsRelease(),
  ),
  patches: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsPatches(),
  ),
  disk: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsDisk(),
  ),
  firewall: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsFirewall(),
  ),
  presence: protection,
  protection,
  integrity: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsBoot(),
  ),
  users: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsUsers(),
  ),
  screen: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsScreen(),
  ),
  ports: reader(async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsPorts(),
  ),
  management: reader(async () =>
    (await import("../io/posture/windows/safeguards.ts")).collectWindowsManagement(),
  ),
  software: reader(async () =>
    (await import("../io/posture/windows/safeguards.ts")).collectWindowsSoftware(),
  ),
  hardware: reader(async () =>
    (await import("../io/posture/windows/safeguards.ts")).collectWindowsHardware(),
  ),
};
