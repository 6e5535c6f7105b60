/** What a product says about itself, in one form for all. */
import type { UnknownReason } from "#shared/posture/fact.ts";

/** Health of one product; a parser that does not understand its text says `unknown`. */
export type Health =
  | { readonly kind: "healthy"; readonly signatureAgeHours: number | null }
  | {
      readonly kind: "degraded";
      readonly because: string;
      readonly signatureAgeHours: number | null;
    }
  /** The reason, where there was no text at all: a program that may not be run, or that hangs. */
  | { readonly kind: "unknown"; readonly reason?: UnknownReason };

/** Nothing could be read. */
export const unknownHealth: Health = { kind: "unknown" };

/**
 * Returns the health for named conditions: true holds, false degrades, null was not in the text. What
 * is surely bad decides; else anything missing leaves it unknown.
 */
export function healthOf(
  conditions: Readonly<Record<string, boolean | null>>,
  signatureAgeHours: number | null = null,
): Health {
  const bad = Object.entries(conditions).filter(([, holds]) => holds === false);
  if (bad.length > 0) {
    return { kind: "degraded", because: bad.map(([name]) => name).join(", "), signatureAgeHours };
  }
  return Object.values(conditions).includes(null)
    ? unknownHealth
    : { kind: "healthy", signatureAgeHours };
}

/** Signatures older than this protect against yesterday. */
const oldestSignatureHours = 72;

/** Returns a health that also counts the age of signatures. */
export function withSignatureAge(health: Health): Health {
  if (health.kind !== "healthy" || health.signatureAgeHours === null) return health;
  if (health.signatureAgeHours <= oldestSignatureHours) return health;
  const { signatureAgeHours } = health;
  return { kind: "degraded", because: "signatures are old", signatureAgeHours };
}
