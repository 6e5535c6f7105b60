/** Versions of malware engines, out of what products say about themselves. */
import type { Reading } from "#shared/posture/fact.ts";
import { noData } from "#shared/posture/reading.ts";
import { parsePlist } from "../darwin/plist.ts";
import { textMember } from "../json-shape.ts";

/** Where each product's status names its engine; the others' status does not. */
const places: Readonly<Record<string, RegExp>> = {
  defender: /"engineVersion"\s*:\s*"(\d+(?:\.\d+){1,4})"/,
  clamav: /^ClamAV (\d+(?:\.\d+){1,3})/m,
};

/** Returns `defender 1.1.25100.9` of a product's status text; null when it names no engine. */
export function engineOf(product: string, status: string): string | null {
  const place = Object.hasOwn(places, product) ? places[product] : undefined;
  const version = place?.exec(status)?.[1];
  return version === undefined ? null : `${product} ${version}`;
}

/** Returns `xprotect 5357` of XProtect's Info.plist. */
export function readXprotect(plist: string): string | null {
  const version = textMember(parsePlist(plist), "CFBundleShortVersionString");
  return version !== undefined && /^\d{1,9}$/.test(version) ? `xprotect ${version}` : null;
}

/** Returns the reading of `edr.engines`; no engine that could be read is no proof that there is none. */
export function enginesReading(engines: readonly (string | null)[]): Reading {
  const found = engines.filter((engine) => engine !== null);
  if (found.length === 0) return noData;
  return { kind: "known", value: [...new Set(found)].sort() };
}
