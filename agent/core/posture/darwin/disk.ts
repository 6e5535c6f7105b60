/** Judges FileVault by what its tools print. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { member } from "../json-shape.ts";
import { parsePlist } from "./plist.ts";

/**
 * Judges FileVault from `diskutil info -plist` of the data volume and `fdesetup status`. `Encryption`
 * is true on every recent Mac even with FileVault off: only `FileVault` counts.
 */
export function judgeFileVault(diskutil: string, fdesetup: string): Reading {
  const on = member(parsePlist(diskutil), "FileVault");
  if (typeof on !== "boolean") return notParsed;
  if (/(En|De)cryption in progress:/i.test(fdesetup)) return known(false);
  if (/^FileVault is Off\./im.test(fdesetup)) return known(false);
  if (!/^FileVault is On\./im.test(fdesetup)) return notParsed;
  return known(on);
}
