/**
 * When operating system releases stop getting security updates without a contract, as the vendors
 * published it. A release that is not in the table is unknown, not unsupported.
 */
import shipped from "./os-intel.json" with { type: "json" };

/** Ends of support by product and release; `rolling` products have no releases. */
export interface OsIntel {
  /** What the vendors had published on this day (ISO date, UTC). */
  readonly issuedOn: string;
  /** After this day "still supported" is not believed any more; "ended" stays true for ever. */
  readonly trustedUntil: string;
  readonly products: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly rolling: readonly string[];
}

/**
 * The table that comes with this version: ends of support of the bundle that is shipped. Debian's dates
 * include LTS, which the ordinary security archive serves; Ubuntu's leave out ESM and Windows' leave out
 * ESU, which need a contract. Windows goes by build number, and by Home and Pro.
 */
export const osIntel: OsIntel = shipped.support;

/** Whether a release still gets security updates; null when the table cannot tell. */
export function stillSupported(
  intel: OsIntel,
  release: { readonly product: string; readonly version: string },
  today: string,
): boolean | null {
  const fresh = today <= intel.trustedUntil;
  if (intel.rolling.includes(release.product)) return fresh ? true : null;
  const ends = endOf(intel.products, release);
  if (ends === null) return null;
  if (today > ends) return false;
  return fresh ? true : null;
}

/**
 * Returns the days from `today` until a release's security updates end, below zero when they have;
 * null when the table cannot tell. Dates are ISO dates in UTC.
 */
export function supportDaysLeft(
  intel: OsIntel,
  release: { readonly product: string; readonly version: string },
  today: string,
): number | null {
  const ends = endOf(intel.products, release);
  if (ends === null || (today > intel.trustedUntil && today <= ends)) return null;
  return dayNumber(ends) - dayNumber(today);
}

/** Returns the number of an ISO date's day since 1970-01-01, in the proleptic Gregorian calendar. */
export function dayNumber(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const shifted = month <= 2 ? year - 1 : year;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return 365 * shifted + leaps + Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 719_469;
}

/** Looks up the version, then its ever shorter prefixes: `9.4` is release `9` of its product. */
function endOf(
  products: OsIntel["products"],
  release: { readonly product: string; readonly version: string },
): string | null {
  const versions = Object.hasOwn(products, release.product) ? products[release.product] : undefined;
  if (versions === undefined) return null;
  const parts = release.version.split(".");
  for (let length = parts.length; length > 0; length--) {
    const version = parts.slice(0, length).join(".");
    if (Object.hasOwn(versions, version)) return versions[version] ?? null;
  }
  return null;
}
