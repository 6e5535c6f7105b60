/** Sites and resources as administrators apply them: whole values, upserted by name. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import { sitesMax } from "#shared/protocol/capability.ts";
import type { ResourceRecord, SiteRecord } from "../../../core/record.ts";
import { roomRefusal } from "../../../core/access/config-room.ts";
import { type ResourceBody, resourceOf, type SiteBody, siteOf } from "../record.ts";
import { isSiteThere } from "../removed-site.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { requireRevision, type WantedRevision } from "./revision.ts";

/** One site; `record.id` is used only where the name is new. */
export interface SiteChange {
  readonly record: SiteRecord;
  readonly ifRevision: WantedRevision;
  readonly audit: AuditEntry;
}

/** Upserts a site by name; returns the record after it. */
export const applySite: Operation<SiteChange, SiteRecord> = async (
  db,
  { record, ifRevision, audit },
) => {
  const { id, name, ...content } = record;
  const body: SiteBody = content;
  const before = await db
    .selectFrom("site")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirst();
  await requireRevision(db, { table: "site", id: before?.id ?? "" }, ifRevision);
  if (before === undefined) await requireRoomForSite(db);
  const row = await db
    .insertInto("site")
    .values({ id, name, body: JSON.stringify(body), created_at: audit.at })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet((eb) => ({
        body: JSON.stringify(body),
        revision: eb("site.revision", "+", 1),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  const after = siteOf(row);
  await writeAudit(db, {
    ...audit,
    subject: after.id,
    body: { before: before === undefined ? null : siteOf(before), after },
  });
  return after;
};

/** A device may be granted something at each of them. */
async function requireRoomForSite(db: Kysely<Tables>): Promise<void> {
  const there = await db.selectFrom("site").select("id").where(isSiteThere).execute();
  if (there.length < sitesMax) return;
  const size = `${there.length + 1} sites`;
  throw new CodedError("SP-413", { what: "who reaches all of them", size, max: sitesMax });
}

/** Resources to upsert by name; `record.id` is used only where the name is new, `site` is a name. */
export interface ResourceChange {
  readonly records: readonly ResourceRecord[];
  readonly audit: AuditEntry;
}

/** Upserts all or none; returns the records after it. */
export const applyResources: Operation<ResourceChange, readonly ResourceRecord[]> = async (
  db,
  { records, audit },
) => {
  const applied: ResourceRecord[] = [];
  for (const record of records) applied.push(await applyResource(db, record, audit));
  await requireRoom(db, new Set(applied.map((record) => record.site)));
  return applied;
};

/** Gateways and devices take a configuration whole or not at all. */
async function requireRoom(db: Kysely<Tables>, sites: ReadonlySet<string>): Promise<void> {
  const rows = await db.selectFrom("resource").selectAll().execute();
  const all = rows.map(resourceOf);
  const named = await db.selectFrom("site").select(["id", "name"]).execute();
  const refusal = roomRefusal(all, named, sites);
  if (refusal !== null) throw new CodedError(refusal.code, refusal.params);
}

async function applyResource(
  db: Kysely<Tables>,
  record: ResourceRecord,
  audit: AuditEntry,
): Promise<ResourceRecord> {
  const { id, name, site: siteName, source, ...content } = record;
  const body: ResourceBody = content;
  const site = await requireSite(db, siteName);
  const before = await db
    .selectFrom("resource")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirst();
  const values = { site, source, body: JSON.stringify(body) };
  // Who applies what is there already changes nothing, and nobody has anything to read about it.
  const isThere = before?.site === site && before.source === source && before.body === values.body;
  if (before !== undefined && isThere) return resourceOf(before);
  const row = await db
    .insertInto("resource")
    .values({ id, name, ...values, created_at: audit.at })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet((eb) => ({
        ...values,
        revision: eb("resource.revision", "+", 1),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  const after = resourceOf(row);
  const was = before === undefined ? null : resourceOf(before);
  await writeAudit(db, { ...audit, subject: after.id, body: { before: was, after } });
  return after;
}

async function requireSite(db: Kysely<Tables>, name: string): Promise<string> {
  const row = await db.selectFrom("site").select("id").where("name", "=", name).executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "site", name });
  return row.id;
}
