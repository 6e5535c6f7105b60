/** Sign-ins of administrators to the console. */
import { type Kysely, sql } from "kysely";
import { hourMs } from "#shared/base/time-span.ts";
import { type Role, roles } from "#shared/base/role.ts";
import type { Tables } from "../tables.ts";

/** A session that nobody uses ends after so long. */
export const sessionIdleMs = hourMs;

/** A session that counts now. */
export interface LiveSession {
  readonly id: string;
  readonly expiresAt: number;
  /** When somebody used it last. */
  readonly activeAt: number;
  /** Name of the token that it stands on; null: on a passkey or an identity provider. */
  readonly token: string | null;
  /** Id of that token. */
  readonly tokenId: string | null;
  readonly admin: string;
  readonly adminName: string;
  readonly role: Role;
}

/** Returns the session of a hash, or null where it or what it stands on is over. */
export async function findLiveSession(
  db: Kysely<Tables>,
  search: { readonly hash: string; readonly nowAt: number },
): Promise<LiveSession | null> {
  const { hash, nowAt } = search;
  const row = await db
    .selectFrom("admin_session")
    .innerJoin("admin", "admin.id", "admin_session.admin")
    .leftJoin("api_token", "api_token.id", "admin_session.token")
    .leftJoin("user_", "user_.id", "admin_session.user")
    .select(["admin_session.id", "admin_session.expires_at as expiresAt"])
    .select("admin_session.active_at as activeAt")
    .select(["api_token.name as token", "api_token.id as tokenId"])
    .select(["admin.id as admin", "admin.name as adminName"])
    .select(
      sql<string | null>`CASE WHEN admin_session.token IS NOT NULL THEN api_token.role
        WHEN admin_session.user IS NOT NULL THEN admin_session.role ELSE admin.role END`.as("role"),
    )
    .where("admin_session.hash", "=", hash)
    .where("admin_session.expires_at", ">", nowAt)
    .where("admin_session.active_at", ">", nowAt - sessionIdleMs)
    .where("api_token.revoked_at", "is", null)
    .where((eb) =>
      eb.or([eb("api_token.expires_at", "is", null), eb("api_token.expires_at", ">", nowAt)]),
    )
    .where((eb) => eb.or([eb("user_.active", "is", null), eb("user_.active", "=", 1)]))
    .executeTakeFirst();
  const role = roles.find((one) => one === row?.role);
  return row === undefined || role === undefined ? null : { ...row, role };
}
