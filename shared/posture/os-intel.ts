/**
 * When operating system releases stop getting security updates without a contract, as the vendors
 * published it. A release that is not in the table is unknown, not unsupported.
 */

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
 * The table that comes with this version. Debian's dates include LTS, which the ordinary security
 * archive serves; Ubuntu's leave out ESM and Windows' leave out ESU, which need a contract.
 */
export const osIntel: OsIntel = {
  issuedOn: "2026-04-30",
  trustedUntil: "2027-06-30",
  products: {
    debian: {
      "10": "2024-06-30",
      "11": "2026-08-31",
      "12": "2028-06-30",
      "13": "2030-06-30",
    },
    ubuntu: {
      "18.04": "2023-05-31",
      "20.04": "2025-05-31",
      "22.04": "2027-04-01",
      "24.04": "2029-05-31",
      "24.10": "2025-07-10",
      "25.04": "2026-01-17",
      "25.10": "2026-07-01",
      "26.04": "2031-04-30",
    },
    fedora: {
      "40": "2025-05-13",
      "41": "2025-12-15",
      "42": "2026-05-13",
      "43": "2026-12-09",
    },
    rhel: { "7": "2024-06-30", "8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31" },
    rocky: { "8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31" },
    almalinux: { "8": "2029-03-01", "9": "2032-05-31", "10": "2035-05-31" },
    centos: { "7": "2024-06-30", "8": "2024-05-31", "9": "2027-05-31" },
    "opensuse-leap": { "15.5": "2024-12-31", "15.6": "2026-04-30" },
    amzn: { "2": "2026-06-30", "2023": "2029-06-30" },
    macos: { "11": "2023-09-26", "12": "2024-09-16", "13": "2025-09-15" },
    // By build number; Home and Pro editions.
    windows: {
      "19045": "2025-10-14",
      "22621": "2024-10-08",
      "22631": "2025-11-11",
      "26100": "2026-10-13",
      "26200": "2027-10-12",
    },
    "windows-server": {
      "14393": "2027-01-12",
      "17763": "2029-01-09",
      "20348": "2031-10-14",
      "26100": "2034-10-10",
    },
  },
  rolling: ["arch", "opensuse-tumbleweed"],
};

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
