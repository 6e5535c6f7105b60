/** Spends a use of an enrolment key in one statement, whatever was read of the key before. */
import type { Kysely, Selectable } from "kysely";
import type { KeyUse } from "../enrol-key-check.ts";
import type { EnrolKeyTable, Tables } from "../tables.ts";

/** Returns the key with one use less; null where it gives none: another secret, revoked, over, used up. */
export async function spendUse(
  db: Kysely<Tables>,
  use: Omit<KeyUse, "remoteAddress">,
): Promise<Selectable<EnrolKeyTable> | null> {
  const spent = await db
    .updateTable("enrol_key")
    .set((eb) => ({ uses: eb("uses", "+", 1), last_used_at: use.nowAt }))
    .where("id", "=", use.keyId)
    .where("secret_hash", "=", use.secretSha256)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", use.nowAt)
    .whereRef("uses", "<", "uses_max")
    .returningAll()
    .executeTakeFirst();
  return spent ?? null;
}
