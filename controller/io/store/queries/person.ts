/** People as the core and administrators see them. */
import type { Kysely } from "kysely";
import type { UserRecord, UserSession } from "../../../core/person/user-record.ts";
import type { Tables } from "../tables.ts";

/** Returns everybody with the names of their groups; `ids` = these alone. */
export async function readUsers(
  db: Kysely<Tables>,
  { ids }: { readonly ids?: readonly string[] } = {},
): Promise<readonly UserRecord[]> {
  let users = db.selectFrom("user_").select(["id", "name", "active"]);
  let members = db
    .selectFrom("membership")
    .innerJoin("group_", "group_.id", "membership.group_")
    .select(["user", "group_.name"])
    .distinct()
    .orderBy("group_.name");
  if (ids !== undefined) {
    users = users.where("id", "in", ids);
    members = members.where("user", "in", ids);
  }
  const groups = new Map<string, string[]>();
  for (const { user, name } of await members.execute()) {
    const held = groups.get(user);
    if (held === undefined) groups.set(user, [name]);
    else held.push(name);
  }
  return (await users.execute()).map((row) => ({
    id: row.id,
    name: row.name,
    active: row.active === 1,
    groups: groups.get(row.id) ?? [],
  }));
}

/** Returns the sign-ins on devices that count at `nowAt`. */
export async function liveUserSessions(
  db: Kysely<Tables>,
  nowAt: number,
): Promise<readonly UserSession[]> {
  const rows = await db
    .selectFrom("user_session")
    .select(["id", "device", "user", "acr", "amr", "auth_at as authAt", "expires_at as expiresAt"])
    .where("ended_at", "is", null)
    .where("expires_at", ">", nowAt)
    .execute();
  return rows.map(({ amr, ...row }) => ({ ...row, amr: JSON.parse(amr) as readonly string[] }));
}
