/** Keeps people and groups as a directory says them; what it takes away ends at once. */
import { randomBytes } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import { makeId } from "#shared/base/id.ts";
import type { UserRecord } from "../../../core/person/user-record.ts";
import { readUsers } from "../queries/person.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { endSignIns } from "./user.ts";

/** A person as a directory says it; `id` null: a new one. */
export interface DirectoryUser {
  readonly id: string | null;
  readonly name: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly externalId: string | null;
  /** As the directory says; whom an administrator deactivated stays inactive all the same. */
  readonly active: boolean;
}

/** Keeps a person; throws SP-705 where another person of the directory has the name, SP-702 where there is none. */
export const putDirectoryUser: Operation<
  { readonly user: DirectoryUser; readonly audit: AuditEntry },
  UserRecord
> = async (db, { user, audit }) => {
  const { id: held, name, displayName: display_name, email, externalId: external_id } = user;
  const id = held ?? makeId("usr", audit.at, randomBytes(10));
  await clearName(db, name, id);
  const before = held === null ? null : await requireDirectoryUser(db, held);
  const kept_out = before?.kept_out ?? 0;
  const active = user.active && kept_out === 0 ? 1 : 0;
  const fields = { name, display_name, email, external_id, active, kept_out };
  await refuseTwin(db, "user_", { id, external_id });
  if (held === null) {
    const empty = { issuer: null, subject: null, last_sign_in_at: null, created_at: audit.at };
    await db
      .insertInto("user_")
      .values({ id, source: "scim", ...fields, ...empty })
      .execute();
  } else {
    await db
      .updateTable("user_")
      .set((eb) => ({ ...fields, revision: eb("revision", "+", 1) }))
      .where("id", "=", held)
      .execute();
    if (!user.active) await endSignIns(db, id, audit.at);
  }
  const after = audited({ ...fields, active });
  await writeAudit(db, {
    ...audit,
    subject: id,
    body: { before: before === null ? null : audited(before), after },
  });
  const [record] = await readUsers(db, { ids: [id] });
  if (record === undefined) throw new Error("the user that was kept is not there");
  return record;
};

/** Removes a person with all sign-ins; throws SP-702 where the directory brought none. */
export const removeDirectoryUser: Operation<AuditEntry, void> = async (db, audit) => {
  const before = await requireDirectoryUser(db, audit.subject);
  await db.deleteFrom("user_").where("id", "=", audit.subject).execute();
  await writeAudit(db, { ...audit, body: { before: audited(before) } });
};

/** What the log tells of a person whose record may be gone by then. */
function audited(row: {
  readonly name: string;
  readonly email: string | null;
  readonly external_id: string | null;
  readonly active: number;
}) {
  const { name, email, external_id: externalId, active } = row;
  return { name, email, externalId, active: active === 1 };
}

/** A group as a directory says it; `id` null: a new one, `members` absent: as they are. */
export interface DirectoryGroup {
  readonly id: string | null;
  readonly name: string;
  readonly externalId: string | null;
  readonly members?: readonly string[] | undefined;
}

/** A group that was kept, and everybody whose groups are others now. */
export interface GroupOutcome {
  readonly id: string;
  readonly touched: readonly UserRecord[];
}

/** Keeps a group and who the directory says is in it. */
export const putDirectoryGroup: Operation<
  { readonly group: DirectoryGroup; readonly audit: AuditEntry },
  GroupOutcome
> = async (db, { group, audit }) => {
  const { name, externalId: external_id, members } = group;
  const id =
    group.id ?? (await adoptableGroup(db, name)) ?? makeId("grp", audit.at, randomBytes(10));
  await refuseTwin(db, "group_", { id, external_id });
  const held = await db.selectFrom("group_").select("name").where("id", "=", id).executeTakeFirst();
  const former = await membersOf(db, id);
  const fields = { name, external_id, source: "scim" };
  const twin = await db
    .selectFrom("group_")
    .select("id")
    .where("name", "=", name)
    .executeTakeFirst();
  if (twin !== undefined && twin.id !== id) throw taken("group", name);
  await db
    .insertInto("group_")
    .values({ id, ...fields, created_at: audit.at })
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet((eb) => ({ ...fields, revision: eb("group_.revision", "+", 1) })),
    )
    .execute();
  const moved = members === undefined ? [] : await setMembers(db, id, members);
  const now = await membersOf(db, id);
  const before = held === undefined ? null : { name: held.name, members: former.length };
  const after = { name, members: now.length };
  await writeAudit(db, { ...audit, subject: id, body: { before, after } });
  // Groups are large, and directories change them one by one: who stays is not looked at again.
  const touched = held?.name === name ? moved : [...former, ...now];
  return { id, touched: await recordsOf(db, touched) };
};

/** Removes a group; returns everybody who was in it. */
export const removeDirectoryGroup: Operation<AuditEntry, readonly UserRecord[]> = async (
  db,
  audit,
) => {
  const former = await membersOf(db, audit.subject);
  const gone = await db
    .deleteFrom("group_")
    .where("id", "=", audit.subject)
    .where("source", "=", "scim")
    .returning("name")
    .executeTakeFirst();
  if (gone === undefined) throw new CodedError("SP-702", { what: "group", name: audit.subject });
  await writeAudit(db, { ...audit, body: { before: { name: gone.name, members: former.length } } });
  return recordsOf(db, former);
};

async function requireDirectoryUser(db: Kysely<Tables>, id: string) {
  const row = await db
    .selectFrom("user_")
    .select(["kept_out", "name", "email", "external_id", "active"])
    .where("id", "=", id)
    .where("source", "=", "scim")
    .executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "user", name: id });
  return row;
}

/** The directory gives names; whoever only signed in under one gets another. */
async function clearName(db: Kysely<Tables>, name: string, id: string): Promise<void> {
  const holder = await db
    .selectFrom("user_")
    .select(["id", "source"])
    // Names of SCIM are alike in any case.
    .where(sql<boolean>`name = ${name} COLLATE NOCASE`)
    .where("id", "!=", id)
    .executeTakeFirst();
  if (holder === undefined) return;
  if (holder.source === "scim") throw taken("user", name);
  const other = `${name}-${holder.id.slice(-8)}`;
  await db.updateTable("user_").set({ name: other }).where("id", "=", holder.id).execute();
}

async function refuseTwin(
  db: Kysely<Tables>,
  table: "user_" | "group_",
  { id, external_id }: { readonly id: string; readonly external_id: string | null },
): Promise<void> {
  if (external_id === null) return;
  const twin = await db
    .selectFrom(table)
    .select("id")
    .where("external_id", "=", external_id)
    .where("id", "!=", id)
    .executeTakeFirst();
  if (twin !== undefined) throw taken(table === "user_" ? "user" : "group", external_id);
}

/** A group that sign-ins spoke of first is the directory's from now on. */
async function adoptableGroup(db: Kysely<Tables>, name: string): Promise<string | null> {
  const row = await db
    .selectFrom("group_")
    .select("id")
    .where("name", "=", name)
    .where("source", "!=", "scim")
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Returns who came and who went. */
async function setMembers(
  db: Kysely<Tables>,
  group: string,
  members: readonly string[],
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("membership")
    .select("user")
    .where("group_", "=", group)
    .where("source", "=", "scim")
    .execute();
  const held = new Set(rows.map(({ user }) => user));
  const wanted = new Set(members);
  const gone = [...held].filter((user) => !wanted.has(user));
  const come = [...wanted].filter((user) => !held.has(user));
  for (const user of gone) {
    await db
      .deleteFrom("membership")
      .where("group_", "=", group)
      .where("source", "=", "scim")
      .where("user", "=", user)
      .execute();
  }
  for (const user of come) {
    const known = await db
      .selectFrom("user_")
      .select("id")
      .where("id", "=", user)
      .executeTakeFirst();
    if (known === undefined)
      throw new CodedError("SP-703", { why: `there is no user \`${user}\`` });
    await db.insertInto("membership").values({ user, group_: group, source: "scim" }).execute();
  }
  return [...gone, ...come];
}

async function membersOf(db: Kysely<Tables>, group: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("membership")
    .select("user")
    .distinct()
    .where("group_", "=", group)
    .execute();
  return rows.map(({ user }) => user);
}

function recordsOf(db: Kysely<Tables>, ids: readonly string[]): Promise<readonly UserRecord[]> {
  return readUsers(db, { ids: [...new Set(ids)] });
}

function taken(what: string, name: string): CodedError {
  return new CodedError("SP-705", { why: `there is another ${what} \`${name}\`` });
}
