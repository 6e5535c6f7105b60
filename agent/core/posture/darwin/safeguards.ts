/** Decides how a Mac protects itself, from what its own tools print. Words are taken whole or not at all. */
import type { Reading } from "#shared/posture/fact.ts";
import { member, textMember } from "../json-shape.ts";
import { parsePlist } from "./plist.ts";

const parse: Reading = { kind: "unknown", reason: "parse" };
const noData: Reading = { kind: "unknown", reason: "no_data" };
const known = (value: boolean | number | string | readonly string[]): Reading => ({
  kind: "known",
  value,
});

/**
 * Judges `csrutil status` by its first line alone: `enabled` occurs in later lines of a custom
 * configuration, in which parts are off.
 */
export function judgeSip(text: string): Reading {
  const status = /^System Integrity Protection status: (.+)$/.exec(firstLine(text))?.[1];
  if (status === "enabled.") return known(true);
  const off = ["disabled.", "unknown (Custom Configuration).", "enabled (Custom Configuration)."];
  return status !== undefined && off.includes(status) ? known(false) : parse;
}

/** Judges `csrutil authenticated-root status`. */
export function judgeSealedVolume(text: string): Reading {
  const status = /^Authenticated Root status: (\w+)\.?$/.exec(firstLine(text))?.[1];
  if (status === "enabled") return known(true);
  return status === "disabled" ? known(false) : parse;
}

/** Judges `spctl --status`; off ends with 1. */
export function judgeGatekeeper(text: string): Reading {
  const line = firstLine(text);
  if (line === "assessments enabled") return known(true);
  return line === "assessments disabled" ? known(false) : parse;
}

/** Judges `profiles status -type enrollment` by its labels: a leading blank line was seen. */
export function judgeMacEnrolment(text: string): Reading {
  const value = /^MDM enrollment:[ \t]*(Yes|No)\b/m.exec(text)?.[1];
  return value === undefined ? parse : known(value === "Yes");
}

/** Judges `dsconfigad -show`: nothing at all when the Mac is not bound. */
export function judgeMacDomain(text: string): Reading {
  if (text.trim() === "") return known(false);
  return /^Active Directory Domain\s*=\s*\S+/m.test(text) ? known(true) : parse;
}

/** Judges com.apple.loginwindow.plist: a name under `autoLoginUser` signs that person in. */
export function judgeMacAutologin(plist: string): Reading {
  const preferences = parsePlist(plist);
  if (preferences === null) return parse;
  const user = member(preferences, "autoLoginUser");
  return user === undefined ? known(false) : typeof user === "string" ? known(user !== "") : parse;
}

/** A screen that waits longer than this before it locks does not lock. */
const longestSeconds = 900;

/**
 * Judges `sysadminctl -screenLock status` (on standard error, behind a timestamp), the screen saver's
 * idle time in seconds and `displaysleep` of `pmset -g` in minutes; zero means never.
 */
export function judgeMacScreen(outputs: {
  readonly screenLock: string;
  readonly idleTime: string;
  readonly pmset: string;
}): Reading {
  if (/screenLock is off\b/.test(outputs.screenLock)) return known(false);
  const told = /screenLock delay is (immediate|-?\d+(?:\.\d+)?)(?: seconds)?\.?\s*$/m.exec(
    outputs.screenLock,
  )?.[1];
  if (told === undefined) return parse;
  const delay = told === "immediate" ? 0 : Number(told);
  if (delay < 0) return known(false);
  const idle = /^\d{1,9}$/.exec(outputs.idleTime.trim())?.[0];
  const sleep = /^\s*displaysleep\s+(\d{1,6})\b/m.exec(outputs.pmset)?.[1];
  if (idle === undefined && sleep === undefined) return noData;
  const starts = [Number(idle ?? 0), Number(sleep ?? 0) * 60].filter((seconds) => seconds > 0);
  return known(starts.length > 0 && Math.min(...starts) + delay <= longestSeconds);
}

/** Reads `kmutil showloaded --list-only`: bundle ids that are not Apple's. */
export function judgeMacExtensions(text: string): Reading {
  const lines = text.split("\n").filter((line) => /^\s*\d+\s/.test(line));
  if (lines.length === 0) return parse;
  const ids = lines.flatMap((line) => /\s([A-Za-z][\w-]*(?:\.[\w-]+)+) \(/.exec(line)?.[1] ?? []);
  if (ids.length === 0) return parse;
  return known([...new Set(ids.filter((id) => !id.startsWith("com.apple.")))].sort());
}

/** Reads the serial number of `ioreg -rd1 -c IOPlatformExpertDevice -a`: a list with one device. */
export function readMacSerial(plist: string): string | null {
  const list = parsePlist(plist);
  return textMember(Array.isArray(list) ? list[0] : undefined, "IOPlatformSerialNumber") ?? null;
}

/** Reads `sysctl -n kern.boottime`: `{ sec = N, usec = M } …`. */
export function judgeMacUptime(text: string, nowAt: number): Reading {
  const seconds = /^\{ sec = (\d{1,12}), usec = \d+ \}/.exec(text)?.[1];
  if (seconds === undefined) return parse;
  const days = Math.floor((nowAt / 1000 - Number(seconds)) / 86_400);
  return days < 0 ? parse : known(days);
}

/** Bundle folders of browsers and what we call them; Safari follows the system. */
export const macBrowsers: Readonly<Record<string, string>> = {
  "Google Chrome.app": "chrome",
  "Firefox.app": "firefox",
  "Microsoft Edge.app": "edge",
  "Brave Browser.app": "brave",
  "Chromium.app": "chromium",
  "Opera.app": "opera",
  "Vivaldi.app": "vivaldi",
  "Arc.app": "arc",
};

/** Returns `firefox 140.3.0` of a bundle's Info.plist, or null. */
export function readMacBrowser(folder: string, plist: string): string | null {
  const name = Object.hasOwn(macBrowsers, folder) ? macBrowsers[folder] : undefined;
  const version = textMember(parsePlist(plist), "CFBundleShortVersionString");
  return name === undefined || version === undefined || !/^\d[\d.]*$/.test(version)
    ? null
    : `${name} ${version}`;
}

function firstLine(text: string): string {
  return text.trimStart().split("\n")[0]?.trim() ?? "";
}
