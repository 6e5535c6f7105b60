/** The rotation of signing keys, each step with its audit entry. */
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** A private key, sealed; null: it is announced and signs nothing yet. */
export interface SealedKey {
  readonly id: string;
  readonly purpose: string;
  readonly sealed: Uint8Array;
  readonly activeFromAt: number | null;
}

/** Keeps new keys that sign nothing yet. */
export const addKeys: Operation<
  { readonly keys: readonly SealedKey[]; readonly audit: AuditEntry },
  void
> = async (db, { keys, audit }) => {
  for (const key of keys) await insertKey(db, key, audit.at);
  const added = keys.map(({ id, purpose }) => ({ id, purpose }));
  await writeAudit(db, { ...audit, body: { after: { keys: added } } });
};

/** Lets announced keys sign from `at` on. */
export const activateKeys: Operation<
  { readonly ids: readonly string[]; readonly at: number; readonly audit: AuditEntry },
  void
> = async (db, { ids, at, audit }) => {
  await db
    .updateTable("key_")
    .set({ active_from_at: at })
    .where("id", "in", ids)
    .where("active_from_at", "is", null)
    .execute();
  await writeAudit(db, { ...audit, body: { after: { keys: ids, activeFromAt: at } } });
};

/** Removes keys whose objects have all ended, private halves and all. */
export const removeKeys: Operation<
  { readonly ids: readonly string[]; readonly audit: AuditEntry },
  void
> = async (db, { ids, audit }) => {
  await db.deleteFrom("key_").where("id", "in", ids).execute();
  await writeAudit(db, { ...audit, body: { before: { keys: ids } } });
};

/** Inserts one key. */
export async function insertKey(db: Kysely<Tables>, key: SealedKey, at: number): Promise<void> {
  const { activeFromAt, ...row } = key;
  await db
    .insertInto("key_")
    .values({ ...row, active_from_at: activeFromAt, created_at: at })
    .execute();
}
