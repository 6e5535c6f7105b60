import { canonicalJson, type Json } from "../base/canonical-json.ts";

/** `prev` of the very first event of a device: there was none before. */
export const noPrevious = "0".repeat(64);

/**
 * Returns the text whose SHA-256 names the content of a posture event in the chain.
 * `ageMs` stays out: it is the age at the moment of sending and differs at each resending.
 */
export function eventText(event: object): string {
  return canonicalJson({ ...(event as Record<string, Json>), ageMs: undefined });
}
