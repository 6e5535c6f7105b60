/** Makes administrators by a set-up link and a passkey, and keeps, uses and removes passkeys. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Role } from "#shared/base/role.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { insertSession, type SessionDraft } from "./session.ts";

const passkeysMax = 10;

/** A link by which somebody becomes an administrator. */
export interface NewSetUpLink {
  readonly hash: string;
  readonly role: Role;
  readonly expiresAt: number;
}

/** Keeps a link; those that are over are forgotten. */
export const makeSetUpLink: Operation<NewSetUpLink & { readonly audit: AuditEntry }, void> = async (
  db,
  { audit, ...link },
) => {
  await db.deleteFrom("set_up_link").where("expires_at", "<=", audit.at).execute();
  await insertSetUpLink(db, link);
  const { role, expiresAt } = link;
  await writeAudit(db, { ...audit, body: { after: { role, expiresAt } } });
};

/** Inserts a link. */
export async function insertSetUpLink(
  db: Kysely<Tables>,
  { hash, role, expiresAt }: NewSetUpLink,
): Promise<void> {
  await db.insertInto("set_up_link").values({ hash, role, expires_at: expiresAt }).execute();
}

/** A passkey as it was made. */
export interface NewPasskey {
  readonly id: string;
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
}

/** Who follows a set-up link. */
export interface SetUpOrder {
  readonly link: string;
  readonly admin: { readonly id: string; readonly name: string };
  readonly passkey: NewPasskey;
  readonly session: SessionDraft;
}

/** Spends the link on a new administrator, signed in; returns false where the link is spent or over. */
export const setUp: Operation<SetUpOrder, boolean> = async (db, order) => {
  const { admin, passkey, session } = order;
  const { at } = session;
  const link = await db
    .deleteFrom("set_up_link")
    .where("hash", "=", order.link)
    .returning(["role", "expires_at"])
    .executeTakeFirst();
  if (link === undefined || link.expires_at <= at) return false;
  const twin = await db
    .selectFrom("admin")
    .select("id")
    .where("name", "=", admin.name)
    .executeTakeFirst();
  if (twin !== undefined) {
    throw new CodedError("SP-705", { why: `there is an administrator named \`${admin.name}\`` });
  }
  const { role } = link;
  await db
    .insertInto("admin")
    .values({ ...admin, role, user: null, created_at: at })
    .execute();
  await insertPasskey(db, admin.id, { passkey, at });
  await insertSession(db, session, { admin: admin.id, passkey: passkey.id });
  await writeAudit(db, {
    at,
    actor: `admin:${admin.name}`,
    action: "sign-in set-up",
    subject: admin.id,
    body: { after: { name: admin.name, role, passkey: passkey.name } },
  });
  return true;
};

/** Adds a passkey to an administrator who signs in by passkeys. */
export const addPasskey: Operation<
  { readonly admin: string; readonly passkey: NewPasskey; readonly audit: AuditEntry },
  void
> = async (db, { admin, passkey, audit }) => {
  const held = await passkeysOf(db, admin);
  if (held.length === 0) {
    const why =
      "your sign-in is a token's or an identity provider's; a set-up link makes a local one";
    throw new CodedError("SP-705", { why });
  }
  if (held.length >= passkeysMax) {
    throw new CodedError("SP-705", { why: `${passkeysMax} passkeys are enough; remove one first` });
  }
  await insertPasskey(db, admin, { passkey, at: audit.at });
  await writeAudit(db, { ...audit, body: { after: { passkey: passkey.name } } });
};

/** Notes that a passkey was used and opens a session; false where it is gone, or its count was taken. */
export const usePasskey: Operation<
  { readonly id: string; readonly counter: number; readonly session: SessionDraft },
  boolean
> = async (db, { id, counter, session }) => {
  const { at } = session;
  const key = await db
    .updateTable("passkey")
    .set({ counter, last_used_at: at })
    .where("id", "=", id)
    // Of copies that answer at once one counts; most authenticators do not count at all.
    .where((eb) => eb.or([eb("counter", "<", counter), eb(eb.val(counter), "=", 0)]))
    .returning(["admin", "name"])
    .executeTakeFirst();
  if (key === undefined) return false;
  await insertSession(db, session, { admin: key.admin, passkey: id });
  const { name } = await db
    .selectFrom("admin")
    .select("name")
    .where("id", "=", key.admin)
    .executeTakeFirstOrThrow();
  await writeAudit(db, {
    at,
    actor: `admin:${name}`,
    action: "sign-in begin",
    subject: session.id,
    body: { by: "passkey", passkey: key.name },
  });
  return true;
};

/** Removes the passkey of `audit.subject` with its sessions; an owner's last one stays (SP-705). */
export const removePasskey: Operation<
  { readonly owner: string | null; readonly audit: AuditEntry },
  void
> = async (db, { owner, audit }) => {
  const key = await db
    .selectFrom("passkey")
    .select(["admin", "name"])
    .where("id", "=", audit.subject)
    .executeTakeFirst();
  if (key === undefined || (owner !== null && key.admin !== owner)) {
    throw new CodedError("SP-702", { what: "passkey", name: audit.subject });
  }
  const held = await passkeysOf(db, key.admin);
  if (held.length === 1 && owner !== null) {
    throw new CodedError("SP-705", { why: "it is your last passkey; add another one first" });
  }
  await db.deleteFrom("passkey").where("id", "=", audit.subject).execute();
  await writeAudit(db, { ...audit, body: { before: { passkey: key.name } } });
};

function passkeysOf(db: Kysely<Tables>, admin: string) {
  return db.selectFrom("passkey").select("id").where("admin", "=", admin).execute();
}

async function insertPasskey(
  db: Kysely<Tables>,
  admin: string,
  { passkey, at }: { readonly passkey: NewPasskey; readonly at: number },
): Promise<void> {
  const { id, name, publicKey: public_key, counter, transports, backedUp } = passkey;
  const flags = { transports: JSON.stringify(transports), backed_up: backedUp ? 1 : 0 };
  await db
    .insertInto("passkey")
    .values({ id, admin, name, public_key, counter, ...flags, last_used_at: null, created_at: at })
    .execute();
}
