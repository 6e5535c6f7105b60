/** People and groups, for administrators. */
import { type Kysely, sql } from "kysely";
import type { Tables } from "../tables.ts";
import { containing } from "./list.ts";
import { readUsers } from "./person.ts";

/** A person with what is known of it. */
export interface UserView {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly source: string;
  readonly externalId: string | null;
  readonly active: boolean;
  readonly groups: readonly string[];
  readonly lastSignInAt: number | null;
  readonly createdAt: number;
}

/** Returns people by name, after a name, that hold a text in a name or address. */
export async function listUsers(
  db: Kysely<Tables>,
  page: { readonly after: string; readonly limit: number; readonly search?: string | undefined },
): Promise<readonly UserView[]> {
  let query = userRows(db).where("name", ">", page.after);
  if (page.search !== undefined) {
    const words = sql`name || ' ' || display_name || ' ' || coalesce(email, '')`;
    query = query.where(sql<boolean>`${words} LIKE ${containing(page.search)} ESCAPE '\\'`);
  }
  return viewsOf(db, await query.orderBy("name").limit(page.limit).execute());
}

/** Returns the person of an id or name, or null. */
export async function findUserView(db: Kysely<Tables>, key: string): Promise<UserView | null> {
  const row = await userRows(db)
    .where((eb) => eb.or([eb("id", "=", key), eb("name", "=", key)]))
    .executeTakeFirst();
  if (row === undefined) return null;
  return (await viewsOf(db, [row]))[0] ?? null;
}

function userRows(db: Kysely<Tables>) {
  return db
    .selectFrom("user_")
    .select(["id", "name", "display_name as displayName", "email", "source", "active"])
    .select(["external_id as externalId", "last_sign_in_at as lastSignInAt"])
    .select("created_at as createdAt");
}

type UserRow = Omit<UserView, "groups" | "active"> & { readonly active: number };

async function viewsOf(db: Kysely<Tables>, rows: readonly UserRow[]): Promise<readonly UserView[]> {
  const records = await readUsers(db, { ids: rows.map(({ id }) => id) });
  const groups = new Map(records.map((record) => [record.id, record.groups]));
  return rows.map((row) => ({
    ...row,
    active: row.active === 1,
    groups: groups.get(row.id) ?? [],
  }));
}

/** A sign-in on a device. */
export interface UserSessionView {
  readonly id: string;
  readonly device: string;
  readonly deviceName: string;
  readonly acr: string;
  readonly authAt: number;
  readonly expiresAt: number;
}

/** Returns on which devices a person is signed in. */
export function listUserSessions(
  db: Kysely<Tables>,
  { user, nowAt }: { readonly user: string; readonly nowAt: number },
): Promise<readonly UserSessionView[]> {
  return db
    .selectFrom("user_session")
    .innerJoin("device", "device.id", "user_session.device")
    .select(["user_session.id", "user_session.device", "device.name as deviceName", "acr"])
    .select(["auth_at as authAt", "expires_at as expiresAt"])
    .where("user", "=", user)
    .where("ended_at", "is", null)
    .where("expires_at", ">", nowAt)
    .execute();
}

/** A group and how many people are in it. */
export interface GroupView {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly members: number;
  readonly createdAt: number;
}

/** Returns groups by name. */
export function listGroups(db: Kysely<Tables>): Promise<readonly GroupView[]> {
  return db
    .selectFrom("group_")
    .leftJoin("membership", "membership.group_", "group_.id")
    .select(["group_.id", "group_.name", "group_.source", "group_.created_at as createdAt"])
    .select((eb) => eb.fn.count<number>("membership.user").distinct().as("members"))
    .groupBy("group_.id")
    .orderBy("group_.name")
    .execute();
}
