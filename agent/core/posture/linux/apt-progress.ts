/**
 * What is left of a simulated upgrade after dpkg has moved. Simulating takes seconds; that pending
 * packages have arrived at just the version that apt meant to install can be told at once.
 */
import type { AptUpgrade } from "./apt.ts";
import { isSecurityOrigin, readInstallLine } from "./apt.ts";

/** Packages by `name:architecture`: the version, or null while one is half installed. */
export type PackageVersions = ReadonlyMap<string, string | null>;

/** Reads the packages of `/var/lib/dpkg/status`; null when the text is none. Removed ones are left out. */
export function readPackageVersions(status: string): PackageVersions | null {
  if (!status.endsWith("\n")) return null;
  const found = new Map<string, string | null>();
  for (const paragraph of status.split("\n\n")) {
    if (paragraph.trim() === "") continue;
    const name = /^Package: (\S+)$/m.exec(paragraph)?.[1];
    const state = /^Status: \w+ \w+ ([\w-]+)$/m.exec(paragraph)?.[1];
    if (name === undefined || state === undefined) return null;
    if (state === "not-installed" || state === "config-files") continue;
    const architecture = /^Architecture: (\S+)$/m.exec(paragraph)?.[1];
    const version = /^Version: (\S+)$/m.exec(paragraph)?.[1];
    if (architecture === undefined || version === undefined) return null;
    found.set(`${name}:${architecture}`, state === "installed" ? version : null);
  }
  return found.size === 0 ? null : found;
}

/**
 * Returns what a simulation still has to do; null where only apt itself can tell: a package that it
 * did not mean to touch has moved, or one went to another version than it named.
 */
export function remainingUpgrade(
  simulation: string,
  before: PackageVersions,
  now: PackageVersions,
): AptUpgrade | null {
  const pending = new Map<string, { readonly version: string; readonly security: boolean }>();
  for (const line of simulation.split("\n")) {
    if (!line.startsWith("Inst ")) continue;
    const read = readInstallLine(line);
    if (read === null) return null;
    const { name, version, architecture, origins } = read;
    pending.set(`${name}:${architecture}`, { version, security: isSecurityOrigin(origins) });
  }
  for (const key of new Set([...before.keys(), ...now.keys()])) {
    const version = now.get(key);
    if (version === before.get(key)) continue;
    const meant = pending.get(key);
    if (version === undefined || (meant !== undefined && version === meant.version)) {
      pending.delete(key);
    } else if (meant === undefined || version !== null) return null;
  }
  const left = [...pending.values()];
  return {
    pending: left.length,
    security: left.filter(({ security }) => security).length,
    unread: 0,
  };
}
