/** What the programs read beside the core's state: settings, sealed keys, trust versions. */
import type { Kysely } from "kysely";
import type { SealedKey } from "../operations/key.ts";
import type { TrustRow } from "../operations/setup.ts";
import type { Tables } from "../tables.ts";

/** Returns all settings; empty where `init` has not run. */
export async function listSettings(db: Kysely<Tables>): Promise<Readonly<Record<string, unknown>>> {
  const rows = await db.selectFrom("setting").selectAll().execute();
  return Object.fromEntries(rows.map((row) => [row.key, JSON.parse(row.body) as unknown]));
}

/** Returns the sealed private keys. */
export function listKeys(db: Kysely<Tables>): Promise<readonly SealedKey[]> {
  return db
    .selectFrom("key_")
    .select(["id", "purpose", "sealed", "active_from_at as activeFromAt"])
    .execute();
}

/** Returns what an identity was given last, or null. */
export async function readTrust(db: Kysely<Tables>, identity: string): Promise<TrustRow | null> {
  const row = await db
    .selectFrom("trust")
    .select(["identity", "version", "content_hash as contentHash", "sig"])
    .where("identity", "=", identity)
    .executeTakeFirst();
  return row ?? null;
}
