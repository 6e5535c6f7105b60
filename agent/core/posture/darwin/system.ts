/** Decides macOS signals about version, updates, disk, firewall and boot from recorded kinds of output. */
import type { Reading } from "#shared/posture/fact.ts";
import { osIntel, stillSupported, supportDaysLeft } from "#shared/posture/os-intel.ts";
import { asList, asObject, member, textMember } from "../json-shape.ts";
import { ageHours } from "../source-age.ts";
import { parsePlist } from "./plist.ts";

const parse: Reading = { kind: "unknown", reason: "parse" };
const noData: Reading = { kind: "unknown", reason: "no_data" };
const known = (value: boolean | number | string): Reading => ({ kind: "known", value });

/** Judges SystemVersion.plist; `today` is an ISO date in UTC. */
export function judgeMacRelease(
  plist: string,
  today: string,
): { readonly version: Reading; readonly supported: Reading; readonly daysLeft: Reading } {
  const version = textMember(parsePlist(plist), "ProductVersion");
  if (version === undefined) return { version: parse, supported: parse, daysLeft: parse };
  const supported = stillSupported(osIntel, { product: "macos", version }, today);
  const days = supportDaysLeft(osIntel, { product: "macos", version }, today);
  return {
    version: known(version),
    supported: supported === null ? noData : known(supported),
    daysLeft: days === null ? noData : known(days),
  };
}

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

/** Judges the preferences of Software Update; every recommended update counts, since Apple marks none. */
export function judgeMacUpdates(
  plist: string,
  nowAt: number,
  parseDate: (text: string) => number,
): MacPatchReadings {
  const preferences = asObject(parsePlist(plist));
  if (preferences === null) return { updates: parse, sourceAge: parse, automatic: parse };
  const checkedAt = parseDate(textMember(preferences, "LastSuccessfulDate") ?? "");
  const hours = ageHours(checkedAt, nowAt);
  const pending = member(preferences, "RecommendedUpdates");
  const switches = automaticKeys.map((key) => member(preferences, key));
  return {
    updates:
      hours === null || hours > oldestCheckHours
        ? { kind: "unknown", reason: "stale_source" }
        : pending === undefined || Array.isArray(pending)
          ? known(asList(pending ?? []).length)
          : parse,
    sourceAge: hours === null ? noData : known(hours),
    automatic: switches.some((value) => value === false || value === 0)
      ? known(false)
      : switches.every((value) => value === true || value === 1)
        ? known(true)
        : noData,
  };
}

/**
 * Judges FileVault from `diskutil info -plist` of the data volume and `fdesetup status`. `Encryption`
 * is true on every recent Mac even with FileVault off: only `FileVault` counts.
 */
export function judgeFileVault(diskutil: string, fdesetup: string): Reading {
  const on = member(parsePlist(diskutil), "FileVault");
  if (typeof on !== "boolean") return parse;
  if (/(En|De)cryption in progress:/i.test(fdesetup)) return known(false);
  if (/^FileVault is Off\./im.test(fdesetup)) return known(false);
  if (!/^FileVault is On\./im.test(fdesetup)) return parse;
  return known(on);
}

/** Judges the application firewall from `socketfilterfw --getglobalstate`: state 1 or 2 is on. */
export function judgeMacFirewall(text: string): Reading {
  const state = /\(State = ([012])\)/.exec(text)?.[1];
  return state === undefined ? parse : known(state !== "0");
}

/** Judges secure boot from `system_profiler -json SPiBridgeDataType`; its words may be translated. */
export function judgeMacSecureBoot(text: string): Reading {
  let items: unknown;
  try {
    items = member(JSON.parse(text), "SPiBridgeDataType");
  } catch {
    return parse;
  }
  if (!Array.isArray(items)) return parse;
  if (items.length === 0) return { kind: "notApplicable", proof: "this Mac has no security chip" };
  const word = textMember(items[0], "ibridge_secure_boot");
  if (word === "Full Security") return known(true);
  const weaker = ["Reduced Security", "Permissive Security", "Medium Security", "No Security"];
  return word !== undefined && weaker.includes(word) ? known(false) : parse;
}

/** Returns admins from `dscl . -read /Groups/admin GroupMembership` without root and service accounts. */
export function readMacAdmins(text: string): readonly string[] | null {
  const names = /^GroupMembership:[ \t]*(.*)$/m.exec(text)?.[1];
  if (names === undefined) return null;
  return names
    .split(/\s+/)
    .filter((name) => name !== "" && name !== "root" && !name.startsWith("_"))
    .sort();
}

/** Returns `tcp/22`-like names from `lsof -nP -iTCP -sTCP:LISTEN -F n`, without loopback. */
export function readMacPorts(text: string): readonly string[] | null {
  const ports = new Set<number>();
  for (const line of text.split("\n")) {
    if (!line.startsWith("n")) {
      if (line !== "" && !/^[pf]/.test(line)) return null;
      continue;
    }
    const match = /^n(.+):(\d{1,5})$/.exec(line);
    if (match?.[1] === undefined) return null;
    if (!/^(127\.|\[::1\]|localhost)/.test(match[1])) ports.add(Number(match[2]));
  }
  return [...ports].sort((left, right) => left - right).map((port) => `tcp/${port}`);
}
