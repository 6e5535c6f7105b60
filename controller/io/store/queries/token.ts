/** Tokens: the live ones for the guard, all of them for people. */
import type { Kysely } from "kysely";
import { type Role, roles } from "#shared/base/role.ts";
import type { Tables } from "../tables.ts";

const rowsMax = 1_000;

/** A token that may still be used. */
export interface LiveToken {
  readonly id: string;
  readonly name: string;
  /** Id of its administrator. */
  readonly admin: string;
  readonly adminName: string;
  readonly role: Role;
  readonly tokenHash: string;
}

/** Returns the tokens that are neither revoked nor expired at `nowAt`; an unknown role is none. */
export async function listLiveTokens(
  db: Kysely<Tables>,
  nowAt: number,
): Promise<readonly LiveToken[]> {
  const rows = await db
    .selectFrom("api_token")
    .innerJoin("admin", "admin.id", "api_token.admin")
    .select([
      "api_token.id",
      "api_token.name",
      "api_token.admin",
      "api_token.role",
      "admin.name as adminName",
    ])
    .select("token_hash as tokenHash")
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", nowAt)]))
    .execute();
  return rows.flatMap((row) => {
    const role = roles.find((one) => one === row.role);
    return role === undefined ? [] : [{ ...row, role }];
  });
}

/** A token as administrators see it: not even its hash. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly adminName: string;
  readonly role: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** Returns tokens, newest first. */
export function listTokens(db: Kysely<Tables>): Promise<readonly TokenView[]> {
  return db
    .selectFrom("api_token")
    .innerJoin("admin", "admin.id", "api_token.admin")
    .select(["api_token.id", "api_token.name", "admin.name as adminName", "api_token.role"])
    .select(["created_by as createdBy", "api_token.created_at as createdAt"])
    .select(["expires_at as expiresAt", "revoked_at as revokedAt"])
    .orderBy("api_token.id", "desc")
    .limit(rowsMax)
    .execute();
}
