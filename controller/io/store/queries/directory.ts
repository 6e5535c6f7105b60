/** People and groups as the directory that brought them reads them back. */
import { type Kysely, sql } from "kysely";
import type { Tables } from "../tables.ts";

/** What a record must be: names and addresses are alike in any case, ids are not. */
export interface Equality {
  readonly attribute: "id" | "name" | "external_id" | "email" | "member";
  readonly value: string;
}

/** Which records: those for which every equality holds. */
export interface DirectorySearch {
  readonly by: readonly Equality[];
  readonly offset: number;
  readonly limit: number;
}

/** A page with how many there are in all. */
export interface DirectoryPage<T> {
  readonly total: number;
  readonly items: readonly T[];
}

/** A person of a directory. */
export interface DirectoryPerson {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly externalId: string | null;
  readonly active: boolean;
  readonly createdAt: number;
}

/** Returns people that a directory brought, by id. */
export async function searchDirectoryUsers(
  db: Kysely<Tables>,
  { by, offset, limit }: DirectorySearch,
): Promise<DirectoryPage<DirectoryPerson>> {
  let query = db.selectFrom("user_").where("source", "=", "scim");
  for (const one of by) query = query.where(holds(one));
  const { total } = await query
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await query
    .select(["id", "name", "display_name as displayName", "email", "active"])
    .select(["external_id as externalId", "created_at as createdAt"])
    .orderBy("id")
    .offset(offset)
    .limit(limit)
    .execute();
  return { total, items: rows.map((row) => ({ ...row, active: row.active === 1 })) };
}

/** A group of a directory with the ids of its members. */
export interface DirectoryCircle {
  readonly id: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly members: readonly string[];
  readonly createdAt: number;
}

/** Returns groups that a directory brought, by id. */
export async function searchDirectoryGroups(
  db: Kysely<Tables>,
  { by, offset, limit }: DirectorySearch,
): Promise<DirectoryPage<DirectoryCircle>> {
  let query = db.selectFrom("group_").where("source", "=", "scim");
  for (const one of by) query = query.where(holds(one));
  const { total } = await query
    .select((eb) => eb.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await query
    .select(["id", "name", "external_id as externalId", "created_at as createdAt"])
    .orderBy("id")
    .offset(offset)
    .limit(limit)
    .execute();
  const members = await db
    .selectFrom("membership")
    .select(["user", "group_"])
    .where("source", "=", "scim")
    .where("group_", "in", rows.length === 0 ? [""] : rows.map(({ id }) => id))
    .execute();
  const items = rows.map((row) => ({
    ...row,
    members: members.filter(({ group_ }) => group_ === row.id).map(({ user }) => user),
  }));
  return { total, items };
}

function holds({ attribute, value }: Equality) {
  switch (attribute) {
    case "id":
    case "external_id":
      return sql<boolean>`${sql.ref(attribute)} = ${value}`;
    case "name":
    case "email":
      return sql<boolean>`${sql.ref(attribute)} = ${value} COLLATE NOCASE`;
    case "member":
      return sql<boolean>`id IN (SELECT group_ FROM membership WHERE "user" = ${value} AND source = 'scim')`;
  }
}
