import type { PostureRow } from "../cli/inquiry.ts";
import { causeText } from "#shared/posture/signal-text.ts";

/** Returns what was read, in words; what could not be read is never called bad. */
export function readingText(reading: PostureRow["reading"]): string {
  if (reading === null) return "not read";
  if (reading.kind === "unknown") return `could not be checked: ${causeText(reading.reason)}`;
  if (reading.kind === "notApplicable") return "does not apply here";
  const { value } = reading;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") || "none" : String(value);
}
