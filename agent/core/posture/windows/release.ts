/** Which Windows this is, and since when it runs. */
import type { Reading } from "#shared/posture/fact.ts";
import { osIntel, stillSupported, supportDaysLeft } from "#shared/posture/os-intel.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { member, textMember } from "../json-shape.ts";
import { integer } from "./answer.ts";

/** What the registry tells about the release. */
export interface WindowsReleaseReadings {
  readonly product: Reading;
  readonly version: Reading;
  readonly supported: Reading;
  readonly daysLeft: Reading;
}

/** Judges `{ CurrentBuildNumber, UBR, InstallationType }` of the registry. */
export function judgeWindowsRelease(answer: unknown, today: string): WindowsReleaseReadings {
  const build = integer(answer, "CurrentBuildNumber");
  const revision = integer(answer, "UBR");
  if (build === null || revision === null) {
    return { product: notParsed, version: notParsed, supported: notParsed, daysLeft: notParsed };
  }
  const kind = textMember(answer, "InstallationType");
  const product = kind === "Client" ? "windows" : "windows-server";
  const supported = stillSupported(osIntel, { product, version: String(build) }, today);
  const days = supportDaysLeft(osIntel, { product, version: String(build) }, today);
  return {
    product: kind === undefined ? notParsed : known(product),
    version: known(`10.0.${build}.${revision}`),
    supported: kind === undefined || supported === null ? noData : known(supported),
    daysLeft: kind === undefined || days === null ? noData : known(days),
  };
}

/** Judges `{ UptimeHours }`. */
export function judgeWindowsUptime(answer: unknown): Reading {
  const hours = member(answer, "UptimeHours");
  return typeof hours === "number" && hours >= 0 && Number.isFinite(hours)
    ? known(Math.floor(hours / 24))
    : notParsed;
}

/**
 * Judges `{ ComponentServicing, WindowsUpdate, Renamed }`: registry keys that exist while a restart is
 * due, and a new name that is not in force yet.
 */
export function judgeWindowsReboot(answer: unknown): Reading {
  const marks = ["ComponentServicing", "WindowsUpdate", "Renamed"].map((name) =>
    member(answer, name),
  );
  if (marks.includes(true)) return known(true);
  return marks.every((mark) => mark === false) ? known(false) : notParsed;
}
