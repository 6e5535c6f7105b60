/** Which macOS this is, and since when it runs. */
import type { Reading } from "#shared/posture/fact.ts";
import { osIntel, stillSupported, supportDaysLeft } from "#shared/posture/os-intel.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { textMember } from "../json-shape.ts";
import { parsePlist } from "./plist.ts";

/** Returns `26.1-a` of `sw_vers`, whose rapid security response stands in parentheses. */
export function withResponse(version: Reading, swVers: string): Reading {
  const letter = /^ProductVersionExtra:[ \t]*\(([a-z])\)[ \t]*$/m.exec(swVers)?.[1];
  return version.kind === "known" && letter !== undefined
    ? known(`${String(version.value)}-${letter}`)
    : version;
}

/** Judges SystemVersion.plist; `today` is an ISO date in UTC. */
export function judgeMacRelease(
  plist: string,
  today: string,
): { readonly version: Reading; readonly supported: Reading; readonly daysLeft: Reading } {
  const version = textMember(parsePlist(plist), "ProductVersion");
  if (version === undefined)
    return { version: notParsed, supported: notParsed, daysLeft: notParsed };
  const supported = stillSupported(osIntel, { product: "macos", version }, today);
  const days = supportDaysLeft(osIntel, { product: "macos", version }, today);
  return {
    version: known(version),
    supported: supported === null ? noData : known(supported),
    daysLeft: days === null ? noData : known(days),
  };
}

/** Reads `sysctl -n kern.boottime`: `{ sec = N, usec = M } …`. */
export function judgeMacUptime(text: string, nowAt: number): Reading {
  const seconds = /^\{ sec = (\d{1,12}), usec = \d+ \}/.exec(text)?.[1];
  if (seconds === undefined) return notParsed;
  const days = Math.floor((nowAt / 1000 - Number(seconds)) / 86_400);
  return days < 0 ? notParsed : known(days);
}
