/** Reads which browsers a Mac has. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { textMember } from "../json-shape.ts";
import { parsePlist } from "./plist.ts";

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

/** Judges browsers' bundles by folder and Info.plist; one that cannot be read may be an old one. */
export function judgeMacBrowsers(
  bundles: readonly { readonly folder: string; readonly plist: string }[],
): Reading {
  const found = bundles.map(({ folder, plist }) => readMacBrowser(folder, plist));
  return found.includes(null) ? notParsed : known(found.filter((name) => name !== null).sort());
}

/** Returns `firefox 140.3.0` of a bundle's Info.plist, or null. */
function readMacBrowser(folder: string, plist: string): string | null {
  const name = Object.hasOwn(macBrowsers, folder) ? macBrowsers[folder] : undefined;
  const version = textMember(parsePlist(plist), "CFBundleShortVersionString");
  return name === undefined || version === undefined || !/^\d[\d.]*$/.test(version)
    ? null
    : `${name} ${version}`;
}
