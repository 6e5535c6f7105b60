/** Turns os-release and the day into the signals about version and support. */
import type { Reading } from "#shared/posture/fact.ts";
import { osIntel, stillSupported, supportDaysLeft } from "#shared/posture/os-intel.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { parseOsRelease } from "./os-release.ts";

/** What os-release and the day tell. */
export interface ReleaseReadings {
  readonly product: Reading;
  readonly version: Reading;
  readonly supported: Reading;
  readonly daysLeft: Reading;
}

/** Judges os-release text; a rolling distribution has no version. `today` is an ISO date in UTC. */
export function judgeRelease(text: string, today: string): ReleaseReadings {
  const values = parseOsRelease(text);
  const product = values.get("ID") ?? "";
  const version = values.get("VERSION_ID") ?? "";
  if (product === "") {
    return { product: notParsed, version: notParsed, supported: notParsed, daysLeft: notParsed };
  }
  const supported = stillSupported(osIntel, { product, version }, today);
  return {
    product: known(product),
    version: version === "" ? noData : known(version),
    supported: supported === null ? noData : known(supported),
    daysLeft: daysLeftOf({ product, version }, today),
  };
}

function daysLeftOf(release: { product: string; version: string }, today: string): Reading {
  if (osIntel.rolling.includes(release.product)) {
    return { kind: "notApplicable", proof: "a rolling distribution has no end of support" };
  }
  const days = supportDaysLeft(osIntel, release, today);
  return days === null ? noData : known(days);
}

/** Reads `/proc/uptime`: seconds since the start, sleep included. */
export function readUptime(text: string): Reading {
  const seconds = /^(\d{1,12})\.\d+ /.exec(text)?.[1];
  if (seconds === undefined) return notParsed;
  return { kind: "known", value: Math.floor(Number(seconds) / 86_400) };
}
