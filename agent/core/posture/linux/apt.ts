/** Reads what apt prints and keeps: the simulated upgrade and the signed dates of its package lists. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed, unknown } from "#shared/posture/reading.ts";
import { ageHours } from "../source-age.ts";
import { utcMs } from "../utc-time.ts";

/** What `apt-get -s dist-upgrade` would install. */
export interface AptUpgrade {
  readonly pending: number;
  readonly security: number;
  /** `Inst` lines that could not be read; their updates may be security updates. */
  readonly unread: number;
}

const install = /^Inst (\S+)(?: \[[^\]]*\])? \((\S+) (.+) \[([\w-]+)\]\)/;
const securityOrigin = /Debian-Security:|(?:^|[ ,])Ubuntu\S*:\S*-security|UbuntuESM\S*:/;

/** One package that a simulation would install. */
export interface InstallLine {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly origins: string;
}

/** Reads an `Inst` line; null when it is of another shape. */
export function readInstallLine(line: string): InstallLine | null {
  const [, name, version, origins, architecture] = install.exec(line) ?? [];
  if (name === undefined || version === undefined) return null;
  if (origins === undefined || architecture === undefined) return null;
  // A package of another architecture is printed as `libc6:i386`.
  return { name: name.split(":")[0] ?? name, version, architecture, origins };
}

/** Tells whether any of the origins is one of security updates. */
export function isSecurityOrigin(origins: string): boolean {
  return securityOrigin.test(origins.replaceAll("\\|", "|"));
}

/** Counts the `Inst` lines; null when the text is not a finished simulation. */
export function parseAptUpgrade(text: string): AptUpgrade | null {
  // Apt ends by naming the counts; a run that was cut short must not look like "nothing to do".
  const summary = /^(\d+) upgraded, (\d+) newly installed, \d+ to remove and \d+ not upgraded\.$/m;
  const counts = summary.exec(text);
  if (counts === null) return null;
  let pending = 0;
  let security = 0;
  let unread = 0;
  for (const line of text.split("\n")) {
    if (!line.startsWith("Inst ")) continue;
    pending++;
    const read = readInstallLine(line);
    if (read === null) unread++;
    else if (isSecurityOrigin(read.origins)) security++;
  }
  if (pending !== Number(counts[1]) + Number(counts[2])) return null;
  return { pending, security, unread };
}

/** `Date` and `Valid-Until` of one InRelease file, in ms since the epoch; null where absent. */
export interface ReleaseDates {
  readonly signedAt: number | null;
  readonly validUntilAt: number | null;
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const date = /^\w{3}, +(\d{1,2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:UTC|GMT|\+0000)$/;

/** Reads the dates at the head of an InRelease file. */
export function parseReleaseDates(text: string): ReleaseDates {
  return {
    signedAt: parseDate(/^Date: (.+)$/m.exec(text)?.[1]),
    validUntilAt: parseDate(/^Valid-Until: (.+)$/m.exec(text)?.[1]),
  };
}

function parseDate(text: string | undefined): number | null {
  const match = text === undefined ? null : date.exec(text.trim());
  if (match === null) return null;
  const month = months.indexOf(match[2] ?? "");
  if (month < 0) return null;
  const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((index) => Number(match[index]));
  return utcMs([year ?? 0, month, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0]);
}

/** `outranked`: a pin or APT::Default-Release hides them, so that apt counts too few. */
export type SecuritySources = "first" | "outranked" | "none";

/** What is known about apt's lists: their freshness, and where security updates come from. */
export interface AptLists {
  /** When apt last asked its sources, or null when it never did. */
  readonly checkedAt: number | null;
  readonly releases: readonly ReleaseDates[];
  /** Null where it could not be read. */
  readonly security: SecuritySources | null;
}

/** Lists older than this say nothing about today's security updates. */
const oldestListsHours = 72;

/** Readings of `os.security_updates` and `os.update_source_age_hours`. */
export interface PatchReadings {
  readonly updates: Reading;
  readonly sourceAge: Reading;
}

/** Judges a simulated upgrade by the freshness of its lists. */
export function judgeApt(
  upgrade: AptUpgrade | null,
  lists: AptLists,
  nowAt: number,
): PatchReadings {
  const { checkedAt } = lists;
  if (checkedAt === null || lists.releases.length === 0) {
    return { updates: unknown("stale_source"), sourceAge: noData };
  }
  const hours = ageHours(checkedAt, nowAt);
  if (hours === null) return { updates: unknown("stale_source"), sourceAge: unknown("conflict") };
  const sourceAge: Reading = known(hours);
  const ended = lists.releases.some(
    (release) => release.validUntilAt !== null && release.validUntilAt < nowAt,
  );
  if (ended || hours > oldestListsHours) return { updates: unknown("stale_source"), sourceAge };
  if (upgrade === null || upgrade.unread > 0 || lists.security === null) {
    return { updates: notParsed, sourceAge };
  }
  // Who asks nobody for security updates hears of none.
  if (lists.security === "none") return { updates: noData, sourceAge };
  if (lists.security === "outranked") return { updates: unknown("conflict"), sourceAge };
  return { updates: known(upgrade.security), sourceAge };
}
