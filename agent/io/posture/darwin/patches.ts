/** Reads what Software Update knows. Not run on a real Mac. */
import { countListedUpdates, judgeMacUpdates } from "../../../core/posture/darwin/patches.ts";
import type { Observation } from "../observation.ts";
import { judged, output, plistOf, told } from "./output.ts";

/** Without a scan it reads what is there. */
const listDeadlineMs = 30_000;

/** Pending updates from what Software Update already knows. */
export async function collectMacPatches(): Promise<readonly Observation[]> {
  const from = await plistOf("/Library/Preferences/com.apple.SoftwareUpdate.plist");
  const list = await output("/usr/sbin/softwareupdate", ["--list", "--no-scan"], {
    deadlineMs: listDeadlineMs,
  });
  const listed = countListedUpdates(`${list.text}\n${list.errors}`);
  const signs = { nowAt: Date.now(), parseDate: Date.parse, listed };
  const readings = judgeMacUpdates(from.text, signs);
  return told(
    [
      ["os.security_updates", judged(from, () => readings.updates)],
      ["os.update_source_age_hours", judged(from, () => readings.sourceAge)],
      ["os.auto_update", judged(from, () => readings.automatic)],
    ],
    [from, list],
  );
}
