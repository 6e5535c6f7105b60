/** Takes in what an identity provider said of a person: who it is, and in which groups. */
import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { makeId } from "#shared/base/id.ts";
import type { Tables } from "../tables.ts";
import { ownName } from "./own-name.ts";

/** A person as an identity provider knows it. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  /** By which a directory knows the same person. */
  readonly externalId: string;
  readonly name: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly groups: readonly string[];
}

/** A person who was taken in; one that was deactivated may do nothing. */
export interface KnownUser {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}

/** Returns the user that a person is, made where `admitUnknown`; null: nobody knows this person. */
export async function takePerson(
  db: Kysely<Tables>,
  person: Person,
  { at, admitUnknown }: { readonly at: number; readonly admitUnknown: boolean },
): Promise<KnownUser | null> {
  const held = await findUser(db, person);
  if (held === null && !admitUnknown) return null;
  if (held !== null && held.active === 0) return { ...held, active: false };
  const user = held ?? (await insertUser(db, person, at));
  const { issuer, subject, displayName: display_name, email } = person;
  const told = user.source === "idp" ? { display_name, email } : {};
  await db
    .updateTable("user_")
    .set({ issuer, subject, last_sign_in_at: at, ...told })
    .where("id", "=", user.id)
    .execute();
  await setMemberships(db, { user: user.id, source: "idp", groups: person.groups, at });
  return { id: user.id, name: user.name, active: true };
}

async function findUser(db: Kysely<Tables>, { issuer, subject, externalId }: Person) {
  const users = db.selectFrom("user_").select(["id", "name", "active", "source"]);
  const known = await users
    .where("issuer", "=", issuer)
    .where("subject", "=", subject)
    .executeTakeFirst();
  if (known !== undefined) return known;
  // A directory brought this person before the first sign-in; whoever signed in once is bound.
  const brought = await users
    .where("external_id", "=", externalId)
    .where("issuer", "is", null)
    .executeTakeFirst();
  return brought ?? null;
}

async function insertUser(db: Kysely<Tables>, person: Person, at: number) {
  const id = makeId("usr", at, randomBytes(10));
  const name = await ownName(db, "user_", { wanted: person.name, id });
  const { issuer, subject, displayName: display_name, email } = person;
  const row = { id, name, source: "idp", active: 1, display_name, email, issuer, subject };
  const empty = { external_id: null, kept_out: 0, last_sign_in_at: null };
  await db
    .insertInto("user_")
    .values({ ...row, ...empty, created_at: at })
    .execute();
  return row;
}

/** What one source says about the groups of a user. */
interface Memberships {
  readonly user: string;
  readonly source: "idp" | "local";
  readonly groups: readonly string[];
  readonly at: number;
}

/** Makes the memberships of one source what it says; groups that nobody knows yet are made. */
async function setMemberships(
  db: Kysely<Tables>,
  { user, source, groups, at }: Memberships,
): Promise<void> {
  await db.deleteFrom("membership").where("user", "=", user).where("source", "=", source).execute();
  for (const name of new Set(groups)) {
    const id = await groupNamed(db, { name, source, at });
    await db.insertInto("membership").values({ user, group_: id, source }).execute();
  }
}

async function groupNamed(
  db: Kysely<Tables>,
  { name, source, at }: { readonly name: string; readonly source: string; readonly at: number },
): Promise<string> {
  const named = db.selectFrom("group_").select("id").where("name", "=", name);
  const held = await named.executeTakeFirst();
  if (held !== undefined) return held.id;
  const id = makeId("grp", at, randomBytes(10));
  const row = { id, name, source, external_id: null, created_at: at };
  await db.insertInto("group_").values(row).execute();
  return id;
}

/** Returns the administrator that a user acts as, made at the first sign-in. */
export async function adminOfUser(
  db: Kysely<Tables>,
  user: Pick<KnownUser, "id" | "name">,
  at: number,
): Promise<{ readonly id: string; readonly name: string }> {
  const held = await db
    .selectFrom("admin")
    .select(["id", "name"])
    .where("user", "=", user.id)
    .executeTakeFirst();
  if (held !== undefined) return held;
  const id = makeId("adm", at, randomBytes(10));
  const name = await ownName(db, "admin", { wanted: user.name, id });
  const row = { id, name, user: user.id, role: null, created_at: at };
  await db.insertInto("admin").values(row).execute();
  return { id, name };
}
