/** Judges whether Windows signs somebody in by itself. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { textMember } from "../json-shape.ts";

/** Judges `{ AutoAdminLogon }` of Winlogon: "1" signs in by itself, whichever account it names. */
export function judgeWindowsAutologin(answer: unknown): Reading {
  const automatic = textMember(answer, "AutoAdminLogon");
  return automatic === undefined ? notParsed : known(automatic === "1");
}
