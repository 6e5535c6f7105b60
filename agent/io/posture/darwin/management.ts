/** Asks for device management and directory. Not run on a real Mac. */
import { judgeMacDomain, judgeMacEnrolment } from "../../../core/posture/darwin/management.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

/** Device management and directory. */
export async function collectMacManagement(): Promise<readonly Observation[]> {
  const profiles = await output("/usr/bin/profiles", ["status", "-type", "enrollment"]);
  const domain = await output("/usr/sbin/dsconfigad", ["-show"]);
  return [
    ...told(
      [["mdm.enrolled", judged(profiles, () => judgeMacEnrolment(profiles.text))]],
      [profiles],
    ),
    ...told(
      [["domain.joined", judged(domain, () => judgeMacDomain(domain.text, domain.errors))]],
      [domain],
    ),
  ];
}
