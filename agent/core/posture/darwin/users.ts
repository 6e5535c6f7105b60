/** Who may administer a Mac, and whether somebody is signed in by itself. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { member } from "../json-shape.ts";
import { parsePlist } from "./plist.ts";

/**
 * Returns admins from `dscl . -read /Groups/admin GroupMembership NestedGroups` without root and service
 * accounts. Where a name holds a space, each stands on a line of its own below the label. Who is in a nested
 * group is not told, so nobody can count then.
 */
export function readMacAdmins(text: string): readonly string[] | null {
  const [, beside, below] = /^GroupMembership:[ \t]*(.*)((?:\n[ \t]+.*)*)/m.exec(text) ?? [];
  if (beside === undefined || below === undefined) return null;
  if (/^NestedGroups:\s*\S/m.test(text)) return null;
  const names = [...beside.split(/\s+/), ...below.split("\n")].map((name) => name.trim());
  // Root is always among them: a list of nobody is none.
  if (!names.includes("root")) return null;
  return names.filter((name) => name !== "" && name !== "root" && !name.startsWith("_")).sort();
}

/**
 * Judges `sysadminctl -guestAccount status` (on standard error, behind a timestamp). `enabled` occurs in
 * neither other answer, `disabled` does: whole words at the end of the line count.
 */
export function judgeMacGuest(text: string): Reading {
  const word = /sysadminctl\[[\d:]+\] Guest account (?:is )?(enabled|disabled)\.?[ \t]*$/im.exec(
    text,
  )?.[1];
  return word === undefined ? notParsed : known(word.toLowerCase() === "enabled");
}

/** Judges com.apple.loginwindow.plist: a name under `autoLoginUser` signs that person in. */
export function judgeMacAutologin(plist: string): Reading {
  const preferences = parsePlist(plist);
  if (preferences === null) return notParsed;
  const user = member(preferences, "autoLoginUser");
  return user === undefined
    ? known(false)
    : typeof user === "string"
      ? known(user !== "")
      : notParsed;
}
