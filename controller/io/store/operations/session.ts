/** Signs administrators in to the console and out of it; no secret reaches the store. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { Kysely } from "kysely";
import type { Role } from "#shared/base/role.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { adminOfUser, type Person, takePerson } from "./person.ts";

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
  await writeAudit(db, { ...audit, body: { after: { token, expiresAt } } });
};

/** What every new session has. */
export interface SessionDraft {
  readonly hash: string;
  readonly id: string;
  readonly expiresAt: number;
  readonly at: number;
}

/** A session to open by a link, which is spent, or by the name of a token that was shown. */
export interface NewSession extends SessionDraft {
  readonly by: { readonly link: string } | { readonly token: string };
}

/** Opens a session; returns false where the link is unknown, spent or over. */
export const openSession: Operation<NewSession, boolean> = async (db, session) => {
  const { by, at } = session;
  const token =
    "link" in by ? await spendLink(db, by.link, at) : await liveTokenId(db, by.token, at);
  if (token === null) return false;
  const { admin, name, token_name } = await db
    .selectFrom("api_token")
    .innerJoin("admin", "admin.id", "api_token.admin")
    .select(["admin.id as admin", "admin.name", "api_token.name as token_name"])
    .where("api_token.id", "=", token)
    .executeTakeFirstOrThrow();
  await insertSession(db, session, { admin, token });
  await writeAudit(db, {
    at,
    actor: `admin:${name} token:${token_name}`,
    action: "sign-in begin",
    subject: session.id,
    body: { by: "link" in by ? "link" : "token" },
  });
  return true;
};

/** A session of a person whom the identity provider vouches for. */
export interface PersonSession extends SessionDraft {
  readonly person: Person;
  /** By the groups of the person; null: they give none. */
  readonly role: Role | null;
  readonly admitUnknown: boolean;
}

/** What became of a person's sign-in. */
export type PersonOutcome = "opened" | "unknown" | "inactive" | "no_role";

/** Takes the person in, and opens a session where the person may administer anything. */
export const openPersonSession: Operation<PersonSession, PersonOutcome> = async (db, session) => {
  const { person, role, at } = session;
  const user = await takePerson(db, person, session);
  const outcome =
    user === null ? "unknown" : !user.active ? "inactive" : role === null ? "no_role" : "opened";
  if (outcome === "opened" && user !== null) {
    const admin = await adminOfUser(db, user, at);
    await insertSession(db, session, { admin: admin.id, user: user.id, role });
  }
  await writeAudit(db, {
    at,
    actor: `user:${user?.name ?? person.name}`,
    action: outcome === "opened" ? "sign-in begin" : "sign-in refuse",
    subject: outcome === "opened" ? session.id : (user?.id ?? person.subject),
    body: { by: "oidc", issuer: person.issuer, groups: person.groups, role, outcome },
  });
  return outcome;
};

/** What a session stands on beside its administrator. */
interface SessionGround {
  readonly admin: string;
  readonly token?: string;
  readonly passkey?: string;
  readonly user?: string;
  readonly role?: Role | null;
}

const nothing = { token: null, passkey: null, user: null, role: null };

/** Inserts a session; those that are over are forgotten. */
export async function insertSession(
  db: Kysely<Tables>,
  { hash, id, expiresAt, at }: SessionDraft,
  ground: SessionGround,
): Promise<void> {
  await db.deleteFrom("admin_session").where("expires_at", "<=", at).execute();
  const times = { expires_at: expiresAt, created_at: at, active_at: at };
  await db
    .insertInto("admin_session")
    .values({ hash, id, ...nothing, ...ground, ...times })
    .execute();
}

/** Keeps that somebody used a session; what is kept never goes back. */
export const useSession: Operation<{ readonly id: string; readonly at: number }, void> = async (
  db,
  { id, at },
) => {
  await db
    .updateTable("admin_session")
    .set({ active_at: at })
    .where("id", "=", id)
    .where("active_at", "<", at)
    .execute();
};

/** Ends the session of `audit.subject`. */
export const endSession: Operation<AuditEntry, void> = async (db, audit) => {
  const before = await db
    .deleteFrom("admin_session")
    .where("id", "=", audit.subject)
    .returning(["created_at as createdAt", "expires_at as expiresAt"])
    .executeTakeFirst();
  await writeAudit(db, { ...audit, body: { before } });
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
