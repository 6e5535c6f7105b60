/** People as policies may name them. */
import type { Kysely } from "kysely";
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
  const user = await findUser(db, admin, word);
  const groups =
    user === undefined
      ? []
      : await db
          .selectFrom("membership")
          .innerJoin("group_", "group_.id", "membership.group_")
          .select("group_.name")
          .where("membership.user", "=", user.id)
          .execute();
  const names = [word, admin?.id, admin?.name, user?.id, user?.name, user?.email];
  return {
    names: [...new Set(names.filter((name) => name !== undefined && name !== null))],
    groups: [...new Set(groups.map(({ name }) => name))],
  };
}

type AdminFound = { readonly name: string; readonly user: string | null } | undefined;

function findUser(db: Kysely<Tables>, admin: AdminFound, word: string) {
  const users = db.selectFrom("user_").select(["id", "name", "email"]);
  if (typeof admin?.user === "string") {
    return users.where("id", "=", admin.user).executeTakeFirst();
  }
  const name = admin?.name ?? word;
  const isMeant = users.where((eb) =>
    eb.or([eb("id", "=", word), eb("name", "=", name), eb("email", "=", name)]),
  );
  return isMeant.executeTakeFirst();
}

/** Tells whether two ids or names stand for one person. */
export async function isSamePerson(
  db: Kysely<Tables>,
  one: string,
  other: string,
): Promise<boolean> {
  if (one === other) return true;
  const names = new Set((await findPerson(db, one)).names);
  return (await findPerson(db, other)).names.some((name) => names.has(name));
}
