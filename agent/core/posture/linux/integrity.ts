/** Decides boot and kernel signals from what the kernel shows in sysfs, procfs and EFI variables. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";

/** What the firmware shows; a variable is its raw bytes, or null when it does not exist. */
export interface FirmwareSigns {
  /** `/sys/firmware/efi` exists. */
  readonly efi: boolean;
  readonly secureBoot: Uint8Array | null;
  readonly setupMode: Uint8Array | null;
  /** shim's switch: validation off although the firmware checks. */
  readonly shimInsecure: Uint8Array | null;
}

/** Judges Secure Boot; EFI variables are four attribute bytes and the value. */
export function judgeSecureBoot(signs: FirmwareSigns): Reading {
  if (!signs.efi) return { kind: "notApplicable", proof: "the machine booted without UEFI" };
  if (signs.secureBoot === null) return noData;
  const [secure, setup, insecure] = [signs.secureBoot, signs.setupMode, signs.shimInsecure].map(
    switchOf,
  );
  if (secure === false) return known(false);
  if (secure === undefined || secure === null || setup === null || insecure === null)
    return notParsed;
  if (setup === undefined) return noData;
  // Only shim makes its switch; most machines have none.
  return known(!setup && insecure !== true);
}

function switchOf(bytes: Uint8Array | null): boolean | null | undefined {
  if (bytes === null) return undefined;
  if (bytes.length !== 5) return null;
  return bytes[4] === 1 ? true : bytes[4] === 0 ? false : null;
}

/** Judges the TPM from its major version, which kernels before 5.6 do not show. */
export function judgeTpm(present: boolean, version: string | null): Reading {
  if (!present) return known(false);
  if (version === null) return noData;
  const major = version.trim();
  return /^\d$/.test(major) ? known(major === "2") : notParsed;
}

/** Reads `/sys/kernel/security/lockdown`: the word in brackets. */
export function readLockdown(text: string | null): Reading {
  if (text === null) return noData;
  const word = /\[(none|integrity|confidentiality)\]/.exec(text)?.[1];
  return word === undefined ? notParsed : known(word);
}

/** Forced load, forced unload, unsigned module (kernel taint bits 1, 3 and 13). */
const riskMask = 2 | 8 | 8192;

/** Reads `/proc/sys/kernel/tainted`. */
export function readTaint(text: string | null): Reading {
  if (text === null) return noData;
  const digits = text.trim();
  return /^\d{1,15}$/.test(digits) ? known((BigInt(digits) & BigInt(riskMask)) !== 0n) : notParsed;
}

/** Judges whether unsigned modules are refused: `sig_enforce`, or lockdown, which implies it. */
export function judgeModuleSignatures(enforce: string | null, lockdown: Reading): Reading {
  if (lockdown.kind === "known" && lockdown.value !== "none") return known(true);
  if (enforce === null) return noData;
  const flag = enforce.trim();
  return flag === "Y" ? known(true) : flag === "N" ? known(false) : notParsed;
}

/** What security modules show; null where the file does not exist. */
export interface LsmSigns {
  readonly active: string | null;
  readonly selinuxEnforce: string | null;
  readonly apparmorEnabled: string | null;
  /** Lines `name (mode)`; readable by root only. */
  readonly apparmorProfiles: string | null;
}

/** Judges mandatory access control. */
export function judgeLsm(signs: LsmSigns): Reading {
  if (signs.selinuxEnforce !== null) {
    const flag = signs.selinuxEnforce.trim();
    if (flag !== "0" && flag !== "1") return notParsed;
    return known(flag === "1");
  }
  if (signs.apparmorEnabled?.trim() === "Y") {
    if (signs.apparmorProfiles === null) return noData;
    return known(/ \(enforce\)$/m.test(signs.apparmorProfiles));
  }
  // Active but without the file that tells more: we may not look, which is no "off".
  if (signs.active === null || /\b(selinux|apparmor)\b/.test(signs.active)) return noData;
  return known(/\b(smack|tomoyo)\b/.test(signs.active));
}

/** Returns a kernel release in the form of a version signal: digits first. */
export function readKernelRelease(release: string): Reading {
  const match = /^[0-9]+([.][0-9]+)*(-[0-9A-Za-z.+~-]+)?/.exec(release.replace(/_/g, "-"));
  return match === null ? notParsed : known(match[0]);
}
