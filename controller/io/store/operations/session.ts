/** Signs administrators in to the console and out of it; neither secret reaches the store. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** A link that signs in once, as the holder of a token. */
export interface NewLink {
  readonly hash: string;
  /** Name of the live token. */
  readonly token: string;
  readonly expiresAt: number;
  readonly audit: AuditEntry;
}

/** Keeps a link; those that are over are forgotten. */
export const makeLink: Operation<NewLink, void> = async (db, { hash, token, expiresAt, audit }) => {
  await db.deleteFrom("sign_in_link").where("expires_at", "<=", audit.at).execute();
  const id = await liveTokenId(db, token, audit.at);
  await db.insertInto("sign_in_link").values({ hash, token: id, expires_at: expiresAt }).execute();
  await writeAudit(db, audit);
};

/** A session to open by a link, which is spent, or by the name of a token that was shown. */
export interface NewSession {
  readonly hash: string;
  readonly id: string;
  readonly by: { readonly link: string } | { readonly token: string };
  readonly expiresAt: number;
  readonly at: number;
}

/** Opens a session; returns false where the link is unknown, spent or over. */
export const openSession: Operation<NewSession, boolean> = async (db, session) => {
  const { hash, id, by, expiresAt, at } = session;
  await db.deleteFrom("admin_session").where("expires_at", "<=", at).execute();
  const token =
    "link" in by ? await spendLink(db, by.link, at) : await liveTokenId(db, by.token, at);
  if (token === null) return false;
  await db
    .insertInto("admin_session")
    .values({ hash, id, token, expires_at: expiresAt, created_at: at })
    .execute();
  const { name, token_name } = await db
    .selectFrom("api_token")
    .innerJoin("admin", "admin.id", "api_token.admin")
    .select(["admin.name", "api_token.name as token_name"])
    .where("api_token.id", "=", token)
    .executeTakeFirstOrThrow();
  await writeAudit(db, {
    at,
    actor: `admin:${name} token:${token_name}`,
    action: "sign-in begin",
    subject: id,
    body: { by: "link" in by ? "link" : "token" },
  });
  return true;
};

/** Ends the session of `audit.subject`. */
export const endSession: Operation<AuditEntry, void> = async (db, audit) => {
  await db.deleteFrom("admin_session").where("id", "=", audit.subject).execute();
  await writeAudit(db, audit);
};

async function spendLink(db: Kysely<Tables>, hash: string, at: number): Promise<string | null> {
  const row = await db
    .deleteFrom("sign_in_link")
    .where("hash", "=", hash)
    .returning(["token", "expires_at"])
    .executeTakeFirst();
  if (row === undefined || row.expires_at <= at) return null;
  const live = await liveTokens(db, at).where("id", "=", row.token).executeTakeFirst();
  return live === undefined ? null : row.token;
}

async function liveTokenId(db: Kysely<Tables>, name: string, at: number): Promise<string> {
  const row = await liveTokens(db, at).where("name", "=", name).executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "live token", name });
  return row.id;
}

function liveTokens(db: Kysely<Tables>, at: number) {
  return db
    .selectFrom("api_token")
    .select("id")
    .where("revoked_at", "is", null)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", at)]));
}
