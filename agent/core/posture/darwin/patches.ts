/** What Software Update of macOS knows and does. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed, unknown } from "#shared/posture/reading.ts";
import { asList, asObject, member, textMember } from "../json-shape.ts";
import { ageHours } from "../source-age.ts";
import { parsePlist } from "./plist.ts";

/** Readings about updates from com.apple.SoftwareUpdate.plist in XML form. */
export interface MacPatchReadings {
  readonly updates: Reading;
  readonly sourceAge: Reading;
  readonly automatic: Reading;
}

/** Information older than this says nothing about today's updates. */
const oldestCheckHours = 7 * 24;

const automaticKeys = [
  "AutomaticCheckEnabled",
  "AutomaticDownload",
  "AutomaticallyInstallMacOSUpdates",
  "CriticalUpdateInstall",
];

/**
 * Counts the recommended updates of `softwareupdate --list --no-scan`, standard error included; null when
 * it failed or an entry is of another form.
 */
export function countListedUpdates(text: string): number | null {
  if (/^Scan finished with error/m.test(text)) return null;
  const entries = text.split(/^[ \t]*\* Label: /m).slice(1);
  if (entries.length === 0) return /^No new software available\.$/m.test(text) ? 0 : null;
  const answers = entries.map((entry) => /\bRecommended: (YES|NO)\b/.exec(entry)?.[1]);
  return answers.includes(undefined) ? null : answers.filter((answer) => answer === "YES").length;
}

/** What else decides besides the preferences. */
export interface MacUpdateSigns {
  readonly nowAt: number;
  readonly parseDate: (text: string) => number;
  /** By the program's own list, which can be broken and silent: it can only add. */
  readonly listed: number | null;
}

/** Judges the preferences of Software Update; every recommended update counts, since Apple marks none. */
export function judgeMacUpdates(
  plist: string,
  { nowAt, parseDate, listed }: MacUpdateSigns,
): MacPatchReadings {
  const preferences = asObject(parsePlist(plist));
  if (preferences === null)
    return { updates: notParsed, sourceAge: notParsed, automatic: notParsed };
  const checkedAt = parseDate(textMember(preferences, "LastSuccessfulDate") ?? "");
  const hours = ageHours(checkedAt, nowAt);
  const pending = member(preferences, "RecommendedUpdates");
  const switches = automaticKeys.map((key) => member(preferences, key));
  return {
    updates:
      hours === null || hours > oldestCheckHours
        ? unknown("stale_source")
        : Array.isArray(pending) || (pending === undefined && listed !== null)
          ? known(Math.max(asList(pending ?? []).length, listed ?? 0))
          : notParsed,
    sourceAge: hours === null ? noData : known(hours),
    automatic: switches.some((value) => value === false || value === 0)
      ? known(false)
      : switches.every((value) => value === true || value === 1)
        ? known(true)
        : noData,
  };
}
