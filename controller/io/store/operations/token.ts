/** Makes and revokes bearer tokens of administrators; the text of a token never reaches the store. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { Kysely } from "kysely";
import type { Role } from "#shared/base/role.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** A new token; `admin.id` is used only where the administrator's name is new. */
export interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly admin: { readonly id: string; readonly name: string };
  readonly role: Role;
  readonly tokenHash: string;
  /** Null: until it is revoked. */
  readonly expiresAt: number | null;
}

/** Keeps a new token; a name that a live token has is a conflict (SP-705). */
export const createToken: Operation<
  { readonly token: NewToken; readonly audit: AuditEntry },
  void
> = async (db, { token, audit }) => {
  const twin = await liveTokens(db, audit.at).where("name", "=", token.name).executeTakeFirst();
  if (twin !== undefined) {
    throw new CodedError("SP-705", { why: `there is a token named \`${token.name}\`` });
  }
  await insertToken(db, token, audit);
  const { tokenHash: _, admin, ...shown } = token;
  await writeAudit(db, { ...audit, body: { after: { ...shown, admin: admin.name } } });
};

/** Inserts a token, and its administrator where the name is new. */
export async function insertToken(
  db: Kysely<Tables>,
  token: NewToken,
  audit: Pick<AuditEntry, "at" | "actor">,
): Promise<void> {
  await db
    .insertInto("admin")
    .values({ ...token.admin, created_at: audit.at })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const { id: admin } = await db
    .selectFrom("admin")
    .select("id")
    .where("name", "=", token.admin.name)
    .executeTakeFirstOrThrow();
  const { id, name, role, tokenHash, expiresAt } = token;
  await db
    .insertInto("api_token")
    .values({
      id,
      name,
      admin,
      role,
      token_hash: tokenHash,
      created_by: audit.actor,
      expires_at: expiresAt,
      revoked_at: null,
      created_at: audit.at,
    })
    .execute();
}

/** Revokes the token of `audit.subject`; the last one that may make others stays (SP-705). */
export const revokeToken: Operation<AuditEntry, void> = async (db, audit) => {
  const live = await liveTokens(db, audit.at).execute();
  const token = live.find(({ id }) => id === audit.subject);
  if (token === undefined) {
    throw new CodedError("SP-702", { what: "live token", name: audit.subject });
  }
  const others = live.filter(({ id, role }) => id !== token.id && role === "admin");
  if (others.length === 0) {
    const why = "it is the last token of the role admin; make another one first";
    throw new CodedError("SP-705", { why });
  }
  await db
    .updateTable("api_token")
    .set({ revoked_at: audit.at })
    .where("id", "=", token.id)
    .execute();
  await writeAudit(db, { ...audit, body: { before: { name: token.name, role: token.role } } });
};

function liveTokens(db: Kysely<Tables>, nowAt: number) {
  return db
    .selectFrom("api_token")
    .select(["id", "name", "role"])
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", nowAt)]));
}
