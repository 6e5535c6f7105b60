/** Passkeys and set-up links, for the desk and for people. */
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";

/** A passkey with whose it is. */
export interface HeldPasskey {
  readonly id: string;
  readonly name: string;
  readonly admin: string;
  readonly adminName: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly backedUp: boolean;
  readonly lastUsedAt: number | null;
  readonly createdAt: number;
}

/** Returns the passkeys of an administrator, or of all, newest first. */
export async function listPasskeys(
  db: Kysely<Tables>,
  search: { readonly admin?: string; readonly id?: string },
): Promise<readonly HeldPasskey[]> {
  let query = db
    .selectFrom("passkey")
    .innerJoin("admin", "admin.id", "passkey.admin")
    .select(["passkey.id", "passkey.name", "passkey.admin", "admin.name as adminName", "counter"])
    .select(["public_key as publicKey", "backed_up", "last_used_at as lastUsedAt"])
    .select("passkey.created_at as createdAt");
  if (search.admin !== undefined) query = query.where("passkey.admin", "=", search.admin);
  if (search.id !== undefined) query = query.where("passkey.id", "=", search.id);
  const rows = await query.orderBy("passkey.created_at", "desc").execute();
  return rows.map(({ backed_up, ...row }) => ({ ...row, backedUp: backed_up === 1 }));
}

/** Tells whether a set-up link may still be followed. */
export async function isSetUpLinkLive(
  db: Kysely<Tables>,
  { hash, nowAt }: { readonly hash: string; readonly nowAt: number },
): Promise<boolean> {
  const row = await db
    .selectFrom("set_up_link")
    .select("role")
    .where("hash", "=", hash)
    .where("expires_at", ">", nowAt)
    .executeTakeFirst();
  return row !== undefined;
}
