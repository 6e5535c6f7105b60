/** People and groups, for administrators. */
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";
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
    const like = `%${page.search.replace(/[%_\\]/g, "\\$&")}%`;
    query = query.where((eb) =>
      eb.or(
        (["name", "display_name", "email"] as const).map((column) =>
          eb(eb.fn.coalesce(column, eb.val("")), "like", like),
        ),
      ),
    );
  }
  const rows = await query.orderBy("name").limit(page.limit).execute();
  return Promise.all(rows.map((row) => viewOf(db, row)));
}

/** Returns the person of an id or name, or null. */
export async function findUserView(db: Kysely<Tables>, key: string): Promise<UserView | null> {
  const row = await userRows(db)
    .where((eb) => eb.or([eb("id", "=", key), eb("name", "=", key)]))
    .executeTakeFirst();
  return row === undefined ? null : viewOf(db, row);
}

function userRows(db: Kysely<Tables>) {
  return db
    .selectFrom("user_")
    .select(["id", "name", "display_name as displayName", "email", "source", "active"])
    .select(["external_id as externalId", "last_sign_in_at as lastSignInAt"])
    .select("created_at as createdAt");
}

async function viewOf(
  db: Kysely<Tables>,
  row: Omit<UserView, "groups" | "active"> & { readonly active: number },
): Promise<UserView> {
  const [user] = await readUsers(db, { id: row.id });
  return { ...row, active: row.active === 1, groups: user?.groups ?? [] };
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
