/** Signals as places in frames, and their values as numbers. */
import type { CatalogueEntry } from "../posture/catalogue-entry.ts";
import type { SignalValue } from "../posture/fact.ts";
import { parseVersion } from "./version-order.ts";

/**
 * A signal's place in frames. `encode` turns a value of the catalogue's type and domain into a
 * number (no = 0, yes = 1, a word its place in the domain) and anything else into NaN.
 */
export interface Slot {
  readonly entry: CatalogueEntry;
  readonly encode: (value: SignalValue) => number;
}

/** Returns a signal's slot. */
export function makeSlot(entry: CatalogueEntry): Slot {
  return { entry, encode: encoding(entry) };
}

function encoding(entry: CatalogueEntry): Slot["encode"] {
  const { domain } = entry;
  const members = domain === undefined || "min" in domain ? null : domain;
  const { min, max } = domain !== undefined && "min" in domain ? domain : unbounded;
  const known = (good: boolean) => (good ? 0 : Number.NaN);
  switch (entry.type) {
    case "bool":
      return (value) => (value === true ? 1 : value === false ? 0 : Number.NaN);
    case "int":
      return (value) =>
        typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
          ? value
          : Number.NaN;
    case "enum":
      return (value) => placeIn(members ?? [], value);
    case "string":
      return (value) => known(typeof value === "string" && (members?.includes(value) ?? true));
    case "version":
      return (value) => known(typeof value === "string" && parseVersion(value) !== null);
    case "set":
      return (value) =>
        known(Array.isArray(value) && value.every((one) => members?.includes(one) ?? true));
  }
}

function placeIn(words: readonly string[], value: SignalValue): number {
  const place = typeof value === "string" ? words.indexOf(value) : -1;
  return place < 0 ? Number.NaN : place;
}

const unbounded = { min: -Infinity, max: Infinity };

/** Tells whether the catalogue allows the value; an entry without a domain allows all of its type. */
export function inDomain(entry: CatalogueEntry, value: string | number): boolean {
  const { domain } = entry;
  if (domain === undefined) return true;
  if ("min" in domain)
    return typeof value === "number" && value >= domain.min && value <= domain.max;
  return typeof value === "string" && domain.includes(value);
}
