/** Asks for FileVault. Not run on a real Mac. */
import { judgeFileVault } from "../../../core/posture/darwin/disk.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

/** FileVault of the data volume. */
export async function collectMacDisk(): Promise<readonly Observation[]> {
  const volume = await output("/usr/sbin/diskutil", ["info", "-plist", "/System/Volumes/Data"]);
  const status = await output("/usr/bin/fdesetup", ["status"]);
  const failed = volume.failed === null ? status : volume;
  const reading = judged(failed, () => judgeFileVault(volume.text, status.text));
  return told([["disk.encrypted", reading]], [volume, status]);
}
