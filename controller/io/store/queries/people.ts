/** People as policies may name them. */
import { type Kysely, sql } from "kysely";
import type { Tables } from "../tables.ts";

/** Everybody and every group that a policy may name: a list that ends early would call the rest unknown. */
export interface PeopleNames {
  /** Ids. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Returns the ids of users and the names of groups. */
export async function namesOfPeople(db: Kysely<Tables>): Promise<PeopleNames> {
  const users = await db.selectFrom("user_").select("id").execute();
  const groups = await db.selectFrom("group_").select("name").execute();
  return { users: users.map(({ id }) => id), groups: groups.map(({ name }) => name) };
}

/** A person as a signed-in session would be: under each of its names, with its groups. */
export interface NamedPerson {
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

/**
 * Returns who an id, a name or an address means: an administrator and a user of one name are one
 * person, since who has a token may also sign in. Somebody whom no table knows goes by that word.
 */
export async function findPerson(db: Kysely<Tables>, word: string): Promise<NamedPerson> {
  const admin = await db
    .selectFrom("admin")
    .select(["id", "name", "user"])
    .where((eb) => eb.or([eb("id", "=", word), eb("name", "=", word)]))
    .executeTakeFirst();
  const users = await findUsers(db, admin, word);
  const groups = await db
    .selectFrom("membership")
    .innerJoin("group_", "group_.id", "membership.group_")
    .select("group_.name")
    .where(
      "membership.user",
      "in",
      users.map(({ id }) => id),
    )
    .execute();
  const known = users.flatMap(({ id, name, email }) => [id, name, email]);
  const names = [word, admin?.id, admin?.name, ...known];
  return {
    names: [...new Set(names.filter((name) => name !== undefined && name !== null))],
    groups: [...new Set(groups.map(({ name }) => name))],
  };
}

type AdminFound = { readonly name: string; readonly user: string | null } | undefined;

/** Everybody of that name or address, in any case: the first of several would hide the others. */
function findUsers(db: Kysely<Tables>, admin: AdminFound, word: string) {
  const users = db.selectFrom("user_").select(["id", "name", "email"]).orderBy("id");
  if (typeof admin?.user === "string") return users.where("id", "=", admin.user).execute();
  const name = admin?.name ?? word;
  return users
    .where((eb) =>
      eb.or([
        eb("id", "=", word),
        sql<boolean>`name = ${name} COLLATE NOCASE`,
        sql<boolean>`email = ${name} COLLATE NOCASE`,
      ]),
    )
    .execute();
}

/** Somebody by ids and names, with the names that were kept of an earlier moment. */
export interface KeptPerson {
  readonly words: readonly string[];
  readonly names?: readonly string[] | undefined;
}

/** Returns all names of today that the words stand for. */
export async function personNames(
  db: Kysely<Tables>,
  words: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const word of words) found.push(...(await findPerson(db, word)).names);
  return found;
}

/**
 * Tells whether two are one person, by names of today or by those that were kept: names change hands,
 * and a new name makes nobody a second person.
 */
export async function isSamePerson(
  db: Kysely<Tables>,
  one: KeptPerson,
  other: KeptPerson,
): Promise<boolean> {
  const names = new Set(await allNames(db, one));
  return (await allNames(db, other)).some((name) => names.has(name));
}

async function allNames(
  db: Kysely<Tables>,
  { words, names = [] }: KeptPerson,
): Promise<readonly string[]> {
  return [...(await personNames(db, words)), ...names];
}
