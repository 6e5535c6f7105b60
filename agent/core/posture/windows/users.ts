/** Judges whether Windows signs somebody in by itself or lets guests in. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { member, textMember } from "../json-shape.ts";

/** Judges `{ AutoAdminLogon }` of Winlogon: "1" signs in by itself, whichever account it names. */
export function judgeWindowsAutologin(answer: unknown): Reading {
  const automatic = textMember(answer, "AutoAdminLogon");
  return automatic === undefined ? notParsed : known(automatic === "1");
}

/** Judges `{ Found, Enabled }` of the account whose SID ends with 501, whatever it is called. */
export function judgeWindowsGuest(answer: unknown): Reading {
  const [found, enabled] = [member(answer, "Found"), member(answer, "Enabled")];
  if (typeof found !== "boolean" || typeof enabled !== "boolean") return notParsed;
  return known(found && enabled);
}
