/** What a beat's `factsDigest` is taken over, so that both ends can tell whether they hold the same facts. */
import { canonicalJson } from "../base/canonical-json.ts";
import type { Reading } from "./fact.ts";

/** Returns the canonical text of signals and readings, whatever their order; `factsDigest` is its SHA-256. */
export function factsText(facts: Iterable<{ signal: string; reading: Reading }>): string {
  const rows = [...facts].sort((left, right) => (left.signal < right.signal ? -1 : 1));
  return canonicalJson(rows.map((fact) => [fact.signal, { ...fact.reading }]));
}
