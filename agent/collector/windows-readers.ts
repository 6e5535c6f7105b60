/** The readers of Windows, each loaded when it is wanted. */
import { reader, sources } from "./reader.ts";
import type { Reader } from "./reader.ts";

/** In the order in which they are run. */
export const readers: readonly Reader[] = [
  reader(sources.release, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsRelease(),
  ),
  reader(sources.patches, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsPatches(),
  ),
  reader(/^disk\./, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsDisk(),
  ),
  reader(/^firewall\./, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsFirewall(),
  ),
  reader(/^edr\./, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsProtection(),
  ),
  reader(sources.boot, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsBoot(),
  ),
  reader(/^users\./, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsUsers(),
  ),
  reader(/^screen\./, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsScreen(),
  ),
  reader(/^ports\./, async () =>
    (await import("../io/posture/windows/collectors.ts")).collectWindowsPorts(),
  ),
  reader(sources.management, async () =>
    (await import("../io/posture/windows/safeguards.ts")).collectWindowsManagement(),
  ),
  reader(sources.software, async () =>
    (await import("../io/posture/windows/safeguards.ts")).collectWindowsSoftware(),
  ),
  reader(sources.hardware, async () =>
    (await import("../io/posture/windows/safeguards.ts")).collectWindowsHardware(),
  ),
];
