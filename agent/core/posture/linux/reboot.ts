/** Decides whether a restart is due: a marker file, or a newer kernel installed than runs. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData } from "#shared/posture/reading.ts";

/** What the machine shows. */
export interface RebootSigns {
  /** A file says that a restart is due. */
  readonly marked: boolean;
  /** Something on this machine writes that marker, so that its absence means something. */
  readonly markerKept: boolean;
  /** What the package manager says of libraries and services, where it can be asked. */
  readonly asked: boolean | null;
  /** Release of the running kernel (`uname -r`). */
  readonly running: string;
  /** Releases of installed kernels. */
  readonly installed: readonly string[];
}

/** Judges the signs; without marker and without a known kernel there is nothing to tell by. */
export function judgeReboot(signs: RebootSigns): Reading {
  if (signs.marked || signs.asked === true) return known(true);
  const same = flavourOf(signs.running);
  const rivals = signs.installed.filter((release) => flavourOf(release) === same);
  if (rivals.some((release) => compareReleases(release, signs.running) > 0)) {
    return known(true);
  }
  const told = signs.markerKept || signs.asked === false || rivals.includes(signs.running);
  return told ? known(false) : noData;
}

/** Kernels of different flavours (`amd64`, `generic`, `cloud-amd64`) do not replace each other. */
function flavourOf(release: string): string {
  return release.replace(/^[0-9.]+(-[0-9]+)?(~\w+|\+\w+)?-?/, "");
}

/** Compares releases by their numbers, left to right. */
export function compareReleases(left: string, right: string): number {
  const [one, two] = [left, right].map((text) => (text.match(/\d+/g) ?? []).map(Number));
  const length = Math.max(one?.length ?? 0, two?.length ?? 0);
  for (let index = 0; index < length; index++) {
    const difference = (one?.[index] ?? 0) - (two?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
