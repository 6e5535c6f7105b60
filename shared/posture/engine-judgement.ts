/** Judges a device's malware engines by what their vendors published; runs where the bundle is. */
import { compareVersions, parseVersion } from "../policy/version-order.ts";
import type { OsIntelBundle } from "../protocol/os-intel.ts";
import type { Reading } from "./fact.ts";
import { dayNumber } from "./os-intel.ts";
import { known, noData, unknown } from "./reading.ts";
import { dayMs } from "../base/time-span.ts";

/**
 * Returns the days since the newest engine was published that the device lacks, the worst of all its
 * engines; 0 when it lacks none. `engines` are lines as in `edr.engines`: `defender 1.1.25100.9`.
 */
export function judgeEngines(
  bundle: OsIntelBundle,
  engines: readonly string[],
  nowAt: number,
): Reading {
  if (nowAt >= bundle.expiresAt) return unknown("stale_source");
  const published = bundle.engines ?? {};
  const ages = engines.flatMap((line) => {
    const [name = "", version = ""] = line.split(" ");
    const newest = Object.hasOwn(published, name) ? published[name] : undefined;
    const [own, wanted] = [parseVersion(version), parseVersion(newest?.version ?? "")];
    if (newest === undefined || own === null || wanted === null) return [];
    if (compareVersions(own, wanted) >= 0) return [0];
    return [Math.max(0, Math.floor(nowAt / dayMs) - dayNumber(newest.releasedOn))];
  });
  return ages.length === 0 ? noData : known(Math.max(...ages));
}
