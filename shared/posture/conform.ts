/** Holds readings to the catalogue: a value of another type or outside its domain is unknown(parse). */
import type { CatalogueEntry } from "./catalogue-entry.ts";
import type { Reading, SignalValue } from "./fact.ts";
import { notParsed } from "./reading.ts";

const versionPattern = /^[0-9]+([.][0-9A-Za-z]+)*([-+~][0-9A-Za-z.+~-]+)?$/;
const controls = /[\u0000-\u001f\u007f-\u009f]/;
const textMax = 256;
const membersMax = 256;

/** Returns the reading, or `unknown(parse)` when its value is not what the catalogue promises. */
export function conformReading(entry: CatalogueEntry, reading: Reading): Reading {
  if (reading.kind !== "known" || valueConforms(entry, reading.value)) return reading;
  return notParsed;
}

function valueConforms(entry: CatalogueEntry, value: SignalValue): boolean {
  switch (entry.type) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value) && inBounds(entry, value);
    case "enum":
      return typeof value === "string" && listed(entry).includes(value);
    case "version":
      return isText(value) && versionPattern.test(value);
    case "string":
      return isText(value);
    case "set":
      return Array.isArray(value) && value.length <= membersMax && value.every(isText);
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= textMax && !controls.test(value);
}

function inBounds(entry: CatalogueEntry, value: number): boolean {
  const domain = entry.domain;
  if (domain === undefined || !("min" in domain)) return true;
  return value >= domain.min && value <= domain.max;
}

function listed(entry: CatalogueEntry): readonly string[] {
  const domain = entry.domain;
  return domain === undefined || "min" in domain ? [] : domain;
}
