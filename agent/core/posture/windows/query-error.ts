/** Tells why Windows refused a query, by codes alone: its messages are in the machine's language. */
import { textMember } from "../json-shape.ts";

/** Returns the codes and the text of a failed query, or null for an answer. */
export function queryError(answer: unknown): string | null {
  return textMember(answer, "Error") ?? null;
}

/** The class or the whole namespace does not exist: the feature is not there. */
export function isAbsentClass(error: string): boolean {
  return /\b0x(80041010|8004100e)\b/i.test(error);
}
