/** Sites, resources and policy sets as administrators apply them: whole values, upserted by name. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { PolicyRecord, ResourceRecord, SiteRecord } from "../../../core/record.ts";
import { type ResourceBody, resourceOf, type SiteBody, siteOf } from "../record.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** One site; `record.id` is used only where the name is new. */
export interface SiteChange {
  readonly record: SiteRecord;
  readonly audit: AuditEntry;
}

/** Upserts a site by name; returns the record after it. */
export const applySite: Operation<SiteChange, SiteRecord> = async (db, { record, audit }) => {
  const { id, name, ...content } = record;
  const body: SiteBody = content;
  const before = await db
    .selectFrom("site")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirst();
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
  return applied;
};

/** A policy set with the resources of its documents; resources that former documents named are removed. */
export interface PolicyChange {
  readonly policy: PolicyRecord;
  readonly resources: readonly ResourceRecord[];
  readonly audit: AuditEntry;
}

/** What applying a policy set changed. */
export interface PolicyApplied {
  readonly resources: readonly ResourceRecord[];
  readonly removed: readonly string[];
}

/** Keeps the set, puts it in force, and makes its resources so; all or nothing. */
export const applyPolicy: Operation<PolicyChange, PolicyApplied> = async (db, change) => {
  const { policy, audit } = change;
  const former = await db.selectFrom("policy_active").select("version").executeTakeFirst();
  await db
    .insertInto("policy_set")
    .values({ ...policy, created_at: audit.at, created_by: audit.actor })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const active = { version: policy.version, activated_at: audit.at };
  await db
    .insertInto("policy_active")
    .values({ slot: 1, ...active })
    .onConflict((conflict) => conflict.column("slot").doUpdateSet(active))
    .execute();
  const removed = await removeOthers(db, change);
  const resources = await applyResources(db, { records: change.resources, audit });
  await writeAudit(db, {
    ...audit,
    subject: policy.version,
    body: { before: former?.version ?? null, after: policy.version, removed },
  });
  return { resources, removed };
};

async function removeOthers(db: Kysely<Tables>, change: PolicyChange): Promise<readonly string[]> {
  const named = change.resources.map((resource) => resource.name);
  const removed = await db
    .deleteFrom("resource")
    .where("source", "=", "git")
    .where("name", "not in", named)
    .returning("id")
    .execute();
  return removed.map((row) => row.id);
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
