/** Judges a device's system by what its vendor published; runs where the bundle is, on the controller. */
import { rfc3339 } from "../base/rfc3339.ts";
import { compareVersions, parseVersion } from "../policy/version-order.ts";
import type { OsIntelBundle } from "../protocol/os-intel.ts";
import type { Reading } from "./fact.ts";
import { dayNumber, stillSupported, supportDaysLeft } from "./os-intel.ts";
import { known, noData, unknown } from "./reading.ts";
import { dayMs } from "../base/time-span.ts";

/** Signals that the bundle decides. */
export const judgedSignals = [
  "os.supported",
  "os.support_days_left",
  "os.builds_behind",
  "os.missing_build_days",
] as const;

/** Readings by signal; a signal that is left out stays what the device said. */
export type OsJudgement = Readonly<Partial<Record<(typeof judgedSignals)[number], Reading>>>;

/** Judges `product` and `version` as the device reported them. */
export function judgeOs(
  bundle: OsIntelBundle,
  reported: { readonly product: string; readonly version: string },
  nowAt: number,
): OsJudgement {
  const { product, version } = reported;
  const line = lineOf(product, version);
  const today = rfc3339(nowAt).slice(0, 10);
  const release = { product, version: line ?? version };
  const supported =
    stillSupported(bundle.support, release, today) ??
    servedByApple(bundle, { product, line }, nowAt);
  const days = supportDaysLeft(bundle.support, release, today);
  return {
    ...(supported === null ? {} : { "os.supported": known(supported) }),
    ...(days === null ? {} : { "os.support_days_left": known(days) }),
    ...(line === null ? {} : judgeBuild(bundle, { product, version, line }, nowAt)),
  };
}

/** Apple names no ends of support beforehand: in practice it mends its three newest lines. */
const servedLines = 3;

/** Returns true for a line of macOS that Apple serves by the builds of a bundle that holds; else null. */
function servedByApple(
  bundle: OsIntelBundle,
  { product, line }: { readonly product: string; readonly line: string | null },
  nowAt: number,
): true | null {
  if (product !== "macos" || line === null || nowAt >= bundle.expiresAt) return null;
  const lines = new Set((bundle.builds["macos"] ?? []).map((build) => Number(build.line)));
  const newest = [...lines].sort((left, right) => right - left).slice(0, servedLines);
  return newest.includes(Number(line)) ? true : null;
}

/** Which builds may be compared; null where the distribution's own package manager tells better. */
function lineOf(product: string, version: string): string | null {
  const parts = version.split(".");
  if (product === "macos") return parts[0] ?? null;
  return product.startsWith("windows") ? (parts[2] ?? null) : null;
}

function judgeBuild(
  bundle: OsIntelBundle,
  { product, version, line }: { product: string; version: string; line: string },
  nowAt: number,
): OsJudgement {
  const both = (reading: Reading): OsJudgement => ({
    "os.builds_behind": reading,
    "os.missing_build_days": reading,
  });
  if (nowAt >= bundle.expiresAt) return both(unknown("stale_source"));
  const published =
    (Object.hasOwn(bundle.builds, product) ? bundle.builds[product] : undefined) ?? [];
  const sameLine = published.filter((build) => build.line === line);
  const own = parseVersion(version);
  if (own === null || sameLine.length === 0) return both(noData);
  // A plan asks about days gone by: what came out later was not missing then.
  const missing = sameLine.filter(
    ({ build, releasedOn }) =>
      dayNumber(releasedOn) * dayMs <= nowAt && compareVersions(parseVersion(build) ?? [], own) > 0,
  );
  const first = missing.map(({ releasedOn }) => releasedOn).sort()[0];
  const age = first === undefined ? 0 : Math.floor((nowAt - dayNumber(first) * dayMs) / dayMs);
  return {
    "os.builds_behind": known(missing.length),
    "os.missing_build_days": known(Math.max(0, age)),
  };
}
