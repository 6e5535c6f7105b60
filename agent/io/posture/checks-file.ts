/** Reads `/etc/sallyport/checks.json`: as a whole or not at all. */
import { z } from "zod";
import { isExact } from "../../core/posture/checks.ts";
import type { Check } from "../../core/posture/checks.ts";

const checksMax = 64;

const check = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  kind: z.enum(["file", "process"]),
  path: z.string().refine(isExact),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
});

const checksFile = z
  .object({ checks: z.array(check).max(checksMax) })
  .refine(({ checks }) => new Set(checks.map(({ id }) => id)).size === checks.length);

/** Reads `{ "checks": [{ "id", "kind", "path", "sha256"? }] }`; null when any of it is not so. */
export function parseChecks(text: string): readonly Check[] | null {
  try {
    return checksFile.parse(JSON.parse(text)).checks;
  } catch {
    return null;
  }
}
