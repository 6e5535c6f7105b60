/** Reads which macOS this is. Not run on a real Mac. */
import {
  judgeMacRelease,
  judgeMacUptime,
  withResponse,
} from "../../../core/posture/darwin/release.ts";
import type { Observation } from "../observation.ts";
import { judged, output, plistOf, told } from "./output.ts";

/** Version and support. */
export async function collectMacRelease(): Promise<readonly Observation[]> {
  const from = await plistOf("/System/Library/CoreServices/SystemVersion.plist");
  const readings = judgeMacRelease(from.text, new Date().toISOString().slice(0, 10));
  const extra = await output("/usr/bin/sw_vers", []);
  const boot = await output("/usr/sbin/sysctl", ["-n", "kern.boottime"]);
  return [
    ...told(
      [
        ["os.product", { kind: "known", value: "macos" }],
        ["os.version", judged(from, () => withResponse(readings.version, extra.text))],
        ["os.supported", judged(from, () => readings.supported)],
        ["os.support_days_left", judged(from, () => readings.daysLeft)],
      ],
      [from, extra],
    ),
    ...told(
      [["os.uptime_days", judged(boot, () => judgeMacUptime(boot.text, Date.now()))]],
      [boot],
    ),
  ];
}
