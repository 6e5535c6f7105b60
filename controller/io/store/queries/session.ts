/** Sign-ins of administrators to the console. */
import type { Kysely } from "kysely";
import { type Role, roles } from "#shared/base/role.ts";
import type { Tables } from "../tables.ts";

/** A session that counts now. */
export interface LiveSession {
  readonly id: string;
  readonly expiresAt: number;
  /** Name of the token that it stands on. */
  readonly token: string;
  readonly admin: string;
  readonly adminName: string;
  readonly role: Role;
}

/** Returns the session of a hash, or null where it or its token is over. */
export async function findLiveSession(
  db: Kysely<Tables>,
  search: { readonly hash: string; readonly nowAt: number },
): Promise<LiveSession | null> {
  const { hash, nowAt } = search;
  const row = await db
    .selectFrom("admin_session")
    .innerJoin("api_token", "api_token.id", "admin_session.token")
    .innerJoin("admin", "admin.id", "api_token.admin")
    .select(["admin_session.id", "admin_session.expires_at as expiresAt"])
    .select(["api_token.name as token", "api_token.admin", "role", "admin.name as adminName"])
    .where("admin_session.hash", "=", hash)
    .where("admin_session.expires_at", ">", nowAt)
    .where("revoked_at", "is", null)
    .where((eb) =>
      eb.or([eb("api_token.expires_at", "is", null), eb("api_token.expires_at", ">", nowAt)]),
    )
    .executeTakeFirst();
  const role = roles.find((one) => one === row?.role);
  return row === undefined || role === undefined ? null : { ...row, role };
}
