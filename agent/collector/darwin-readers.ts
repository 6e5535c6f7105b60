/** The readers of macOS, each loaded when it is wanted. */
import { reader, sources } from "./reader.ts";
import type { Reader } from "./reader.ts";

/** In the order in which they are run. */
export const readers: readonly Reader[] = [
  reader(sources.release, async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacRelease(),
  ),
  reader(sources.patches, async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacPatches(),
  ),
  reader(/^disk\./, async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacDisk(),
  ),
  reader(/^firewall\./, async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacFirewall(),
  ),
  reader(/^edr\./, async () =>
    (await import("../io/posture/darwin/protection.ts")).collectMacProtection(),
  ),
  reader(sources.boot, async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacBoot(),
  ),
  reader(/^users\./, async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacUsers(),
  ),
  reader(/^ports\./, async () =>
    (await import("../io/posture/darwin/collectors.ts")).collectMacPorts(),
  ),
  reader(/^screen\./, async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacScreen(),
  ),
  reader(sources.management, async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacManagement(),
  ),
  reader(sources.software, async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacSoftware(),
  ),
  reader(sources.hardware, async () =>
    (await import("../io/posture/darwin/safeguards.ts")).collectMacHardware(),
  ),
];
