/** Decides what firmware tells about the machine; makers leave much of it unfilled. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, unknown } from "#shared/posture/reading.ts";

/** What firmware shows; null where a field does not exist, "denied" where we may not read it. */
export interface HardwareSigns {
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serials: readonly (string | null)[];
  /** Some serial number exists that we may not read. */
  readonly denied: boolean;
}

const placeholders = new Set([
  "to be filled by o.e.m.",
  "to be filled by oem",
  "default string",
  "none",
  "0",
  "00000000",
  "system serial number",
  "system product name",
  "system manufacturer",
  "chassis serial number",
  "base board serial number",
  "not specified",
  "not applicable",
  "not available",
  "unknown",
  "123456789",
  "0123456789",
  "o.e.m.",
  "oem",
  "n/a",
  "invalid",
]);
const longest = 128;

/** Returns a field without padding, or null for what is absent, unfilled or no text. */
export function filledIn(text: string | null): string | null {
  if (text === null) return null;
  const value = text.replaceAll("\0", "").trim();
  if (value === "" || value.length > longest || /[\u0000-\u001f\u007f-\u009f]/.test(value)) {
    return null;
  }
  const repeated = /^(.)\1*$/.test(value);
  return placeholders.has(value.toLowerCase()) || repeated ? null : value;
}

/** Readings about the machine. */
export interface HardwareReadings {
  readonly vendor: Reading;
  readonly model: Reading;
  readonly serials: Reading;
}

/** Judges the signs; no serial number at all is unknown, since an empty set would look like an answer. */
export function judgeHardware(signs: HardwareSigns): HardwareReadings {
  const text = (field: string | null): Reading => {
    const value = filledIn(field);
    return value === null ? noData : known(value);
  };
  const serials = [...new Set(signs.serials.map(filledIn).filter((serial) => serial !== null))];
  const none: Reading = signs.denied ? unknown("permission") : noData;
  return {
    vendor: text(signs.vendor),
    model: text(signs.model),
    serials: serials.length === 0 ? none : known(serials.sort()),
  };
}
