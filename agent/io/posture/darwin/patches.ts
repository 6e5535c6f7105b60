/** Reads what Software Update knows. Not run on a real Mac. */
import { judgeMacUpdates } from "../../../core/posture/darwin/patches.ts";
import type { Observation } from "../observation.ts";
import { judged, plistOf, told } from "./output.ts";

/** Pending updates from what Software Update already knows. */
export async function collectMacPatches(): Promise<readonly Observation[]> {
  const from = await plistOf("/Library/Preferences/com.apple.SoftwareUpdate.plist");
  const readings = judgeMacUpdates(from.text, Date.now(), Date.parse);
  return told(
    [
      ["os.security_updates", judged(from, () => readings.updates)],
      ["os.update_source_age_hours", judged(from, () => readings.sourceAge)],
      ["os.auto_update", judged(from, () => readings.automatic)],
    ],
    [from],
  );
}
