/** Reads what rpm-ostree says of a system that is updated as one image. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed, unknown } from "#shared/posture/reading.ts";
import { asObject, member } from "../json-shape.ts";
import { ageHours } from "../source-age.ts";

/** Readings about updates of an image. */
export interface ImageReadings {
  readonly updates: Reading;
  readonly sourceAge: Reading;
}

/** An image built longer ago says nothing about today's security updates. */
const oldestImageHours = 72;
/** libdnf's number of a security advisory. */
const securityAdvisory = 1;

/**
 * Judges `rpm-ostree status --json`. A found update is counted by its security advisories; one that
 * names none, or that waits for its restart, is there but cannot be counted. Nothing found counts only
 * beside an image young enough.
 */
export function judgeImage(text: string, nowAt: number): ImageReadings {
  const status = parse(text);
  const deployments = member(status, "deployments");
  const list: readonly unknown[] = Array.isArray(deployments) ? deployments : [];
  const booted = list.findIndex((each) => member(each, "booted") === true);
  const builtAt = member(list[booted], "timestamp");
  if (status === null || typeof builtAt !== "number") {
    return { updates: notParsed, sourceAge: notParsed };
  }
  const hours = ageHours(builtAt * 1_000, nowAt);
  const sourceAge = hours === null ? unknown("conflict") : known(hours);
  const found = member(status, "cached-update");
  // What would start next stands before what runs.
  if (booted > 0 && member(list[0], "staged") === true) return { updates: noData, sourceAge };
  if (asObject(found) !== null) return { updates: countSecurity(found), sourceAge };
  if (found !== null && found !== undefined) return { updates: notParsed, sourceAge };
  const stale = hours === null || hours > oldestImageHours;
  return { updates: stale ? unknown("stale_source") : known(0), sourceAge };
}

/** Advisories are lists of id, kind, severity, packages and more. */
function countSecurity(update: unknown): Reading {
  const advisories = member(update, "advisories");
  if (advisories === undefined || advisories === null) return noData;
  if (!Array.isArray(advisories)) return notParsed;
  const kinds = (advisories as readonly unknown[]).map((each) =>
    Array.isArray(each) ? (each as readonly unknown[])[1] : undefined,
  );
  if (!kinds.every((kind) => typeof kind === "number")) return notParsed;
  const security = kinds.filter((kind) => kind === securityAdvisory).length;
  return security === 0 ? noData : known(security);
}

/** Judges `/etc/rpm-ostreed.conf`: `check` alone installs nothing. */
export function imageUpdatesItself(configuration: string): boolean {
  return /^[ \t]*AutomaticUpdatePolicy[ \t]*=[ \t]*(stage|apply)[ \t]*$/m.test(configuration);
}

function parse(text: string) {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}
