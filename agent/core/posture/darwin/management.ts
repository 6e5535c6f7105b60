/** Judges device management and directory of a Mac. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";

/** Judges `profiles status -type enrollment` by its labels: a leading blank line was seen. */
export function judgeMacEnrolment(text: string): Reading {
  const value = /^MDM enrollment:[ \t]*(Yes|No)\b/m.exec(text)?.[1];
  return value === undefined ? notParsed : known(value === "Yes");
}

/** Judges `dsconfigad -show`: nothing at all, on standard error either, when the Mac is not bound. */
export function judgeMacDomain(text: string, complaints = ""): Reading {
  if (text.trim() === "") return complaints.trim() === "" ? known(false) : notParsed;
  return /^Active Directory Domain\s*=\s*\S+/m.test(text) ? known(true) : notParsed;
}
