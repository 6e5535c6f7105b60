/** Asks how the system protects itself. Not run on a real Mac. */
import {
  judgeGatekeeper,
  judgeMacExtensions,
  judgeMacSecureBoot,
  judgeSealedVolume,
  judgeSip,
} from "../../../core/posture/darwin/integrity.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

/** system_profiler gathers for seconds on a busy Mac. */
const profilerDeadlineMs = 15_000;

/** Secure boot of the security chip. */
export async function collectMacSecureBoot(): Promise<readonly Observation[]> {
  const args = ["-json", "SPiBridgeDataType"];
  const from = await output("/usr/sbin/system_profiler", args, {
    deadlineMs: profilerDeadlineMs,
  });
  return told([["boot.secure", judged(from, () => judgeMacSecureBoot(from.text))]], [from]);
}

const kmutilDeadlineMs = 15_000;

/** Secure boot, integrity protection, sealed volume, Gatekeeper, kernel extensions. */
export async function collectMacBoot(): Promise<readonly Observation[]> {
  const sip = await output("/usr/bin/csrutil", ["status"]);
  const sealed = await output("/usr/bin/csrutil", ["authenticated-root", "status"]);
  const gatekeeper = await output("/usr/sbin/spctl", ["--status"]);
  const kexts = await output(
    "/usr/bin/kmutil",
    ["showloaded", "--list-only", "--variant-suffix", "release"],
    { deadlineMs: kmutilDeadlineMs },
  );
  const extensions = judged(kexts, () => judgeMacExtensions(kexts.text));
  return [
    ...(await collectMacSecureBoot()),
    ...told([["boot.sip", judged(sip, () => judgeSip(sip.text))]], [sip]),
    ...told(
      [["boot.sealed_volume", judged(sealed, () => judgeSealedVolume(sealed.text))]],
      [sealed],
    ),
    ...told(
      [
        [
          "apps.gatekeeper",
          judged(gatekeeper, () => judgeGatekeeper(`${gatekeeper.text}${gatekeeper.errors}`)),
        ],
      ],
      [gatekeeper],
    ),
    ...told([["kernel.third_party_extensions", extensions]], [kexts]),
  ];
}
