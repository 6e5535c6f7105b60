/** Who may administer a Mac, and whether somebody is signed in by itself. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { member } from "../json-shape.ts";
import { parsePlist } from "./plist.ts";

/** Returns admins from `dscl . -read /Groups/admin GroupMembership` without root and service accounts. */
export function readMacAdmins(text: string): readonly string[] | null {
  const names = /^GroupMembership:[ \t]*(.*)$/m.exec(text)?.[1];
  if (names === undefined) return null;
  return names
    .split(/\s+/)
    .filter((name) => name !== "" && name !== "root" && !name.startsWith("_"))
    .sort();
}

/**
 * Judges `sysadminctl -guestAccount status` (on standard error, behind a timestamp). `enabled` occurs in
 * neither other answer, `disabled` does: whole words at the end of the line count.
 */
export function judgeMacGuest(text: string): Reading {
  const word = /sysadminctl\[[\d:]+\] Guest account (?:is )?(enabled|disabled)\.?\s*$/im.exec(
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
