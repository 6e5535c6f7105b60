/** Asks how the system protects itself. Not run on a real Mac. */
import {
  judgeGatekeeper,
  judgeMacExtensions,
  judgeMacSecureBoot,
  judgeProfiledSafeguard,
  judgeSealedVolume,
  judgeSip,
} from "../../../core/posture/darwin/integrity.ts";
import type { Reading } from "#shared/posture/fact.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";
import type { Output } from "./output.ts";

/** system_profiler gathers for seconds on a busy Mac. */
const profilerDeadlineMs = 15_000;

/** Secure boot of the security chip. */
export async function collectMacSecureBoot(): Promise<readonly Observation[]> {
  return secureBootOf(await askChip());
}

function askChip(): Promise<Output> {
  const args = ["-json", "SPiBridgeDataType"];
  return output("/usr/sbin/system_profiler", args, { deadlineMs: profilerDeadlineMs });
}

function secureBootOf(chip: Output): readonly Observation[] {
  return told([["boot.secure", judged(chip, () => judgeMacSecureBoot(chip.text))]], [chip]);
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
  const chip = await askChip();
  const either = (first: Reading, name: "ibridge_sb_sip" | "ibridge_sb_ssv"): Reading => {
    if (first.kind === "known") return first;
    const second = judgeProfiledSafeguard(chip.text, name);
    return second.kind === "known" ? second : first;
  };
  const integrity = judged(sip, () => judgeSip(sip.text));
  const sealing = judged(sealed, () => judgeSealedVolume(sealed.text));
  return [
    ...secureBootOf(chip),
    ...told([["boot.sip", either(integrity, "ibridge_sb_sip")]], [sip, chip]),
    ...told([["boot.sealed_volume", either(sealing, "ibridge_sb_ssv")]], [sealed, chip]),
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
