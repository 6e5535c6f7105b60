/** Takes sites and resources away, where nothing that counts names them any more. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import { documentsOf } from "../../../core/access/policy-in-force.ts";
import type { ResourceRecord, SiteRecord } from "../../../core/record.ts";
import { resourceOf, siteOf } from "../record.ts";
import { removedName } from "../removed-site.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { requireRevision, type WantedRevision } from "./revision.ts";

/** What is taken away; a dry run only finds what would be refused. */
export interface Removal {
  readonly id: string;
  readonly ifRevision: WantedRevision;
  readonly dryRun: boolean;
  readonly audit: AuditEntry;
}

const namedMax = 5;

/** Removes a resource that no set holds or names; returns it as it was. */
export const removeResource: Operation<Removal, ResourceRecord> = async (db, removal) => {
  const { id, ifRevision, dryRun, audit } = removal;
  const row = await db.selectFrom("resource").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "resource", name: id });
  await requireRevision(db, { table: "resource", id }, ifRevision);
  const before = resourceOf(row);
  await refuseNamed(db, before);
  if (dryRun) return before;
  await db.deleteFrom("resource").where("id", "=", id).execute();
  await writeAudit(db, { ...audit, subject: id, body: { before } });
  return before;
};

async function refuseNamed(
  db: Kysely<Tables>,
  { name, source }: Pick<ResourceRecord, "name" | "source">,
): Promise<void> {
  if (source === "git") {
    const why = `resource \`${name}\` belongs to the policy set; leave it out of the set and apply`;
    throw new CodedError("SP-705", { why });
  }
  for (const { body, where } of await setsThatCount(db)) {
    const documents = documentsOf({ body });
    const isOwn = documents.some(({ resources }) => resources.some((one) => one.name === name));
    if (isOwn) continue;
    const rules = documents
      .flatMap(({ policies }) => policies)
      .filter(({ resources }) => resources.names.includes(name))
      .map(({ id }) => id);
    if (rules.length === 0) continue;
    const why = `${namesText(rules)} of ${where} names resource \`${name}\`; change the set first`;
    throw new CodedError("SP-705", { why });
  }
}

interface CountingSet {
  readonly body: string;
  readonly where: string;
}

/** Sets that would not compile any more without what they name. */
async function setsThatCount(db: Kysely<Tables>): Promise<readonly CountingSet[]> {
  const active = await db
    .selectFrom("policy_set")
    .innerJoin("policy_active", "policy_active.version", "policy_set.version")
    .select("policy_set.body")
    .execute();
  const open = await db
    .selectFrom("policy_set")
    .innerJoin("policy_change", "policy_change.version", "policy_set.version")
    .select("policy_set.body")
    .where("policy_change.status", "in", ["waiting", "rolling", "halted"])
    .execute();
  const shadow = await db
    .selectFrom("policy_set")
    .innerJoin("policy_shadow", "policy_shadow.version", "policy_set.version")
    .select("policy_set.body")
    .execute();
  return [
    ...active.map(({ body }) => ({ body, where: "the set in force" })),
    ...open.map(({ body }) => ({ body, where: "the set that is on its way" })),
    ...shadow.map(({ body }) => ({ body, where: "the set that is watched" })),
  ];
}

/** Removes a site where nobody serves, joins or lies any more; returns it as it was. */
export const removeSite: Operation<Removal, SiteRecord> = async (db, removal) => {
  const { id, ifRevision, dryRun, audit } = removal;
  const row = await db.selectFrom("site").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "site", name: id });
  await requireRevision(db, { table: "site", id }, ifRevision);
  const before = siteOf(row);
  await refuseInhabited(db, before, audit.at);
  if (dryRun) return before;
  // Gateways that were revoked and keys that ended there still say where: the row stays.
  const name = removedName(before);
  await db.updateTable("site").set({ name }).where("id", "=", id).execute();
  await writeAudit(db, { ...audit, subject: id, body: { before } });
  return before;
};

async function refuseInhabited(
  db: Kysely<Tables>,
  { id, name }: Pick<SiteRecord, "id" | "name">,
  nowAt: number,
): Promise<void> {
  const gateways = await db
    .selectFrom("gateway")
    .select("name")
    .where("site", "=", id)
    .where("status", "!=", "revoked")
    .orderBy("name")
    .execute();
  const resources = await db
    .selectFrom("resource")
    .select("name")
    .where("site", "=", id)
    .orderBy("name")
    .execute();
  const keys = await db
    .selectFrom("enrol_key")
    .select("name")
    .where("site", "=", id)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", nowAt)
    .whereRef("uses", "<", "uses_max")
    .orderBy("name")
    .execute();
  const there = [
    ["gateway", gateways, "revoke it"],
    ["resource", resources, "remove it"],
    ["enrolment key", keys, "revoke it"],
  ] as const;
  const held = there.filter(([, rows]) => rows.length > 0);
  if (held.length === 0) return;
  const parts = held.map(
    ([what, rows, step]) => `${what} ${namesText(rows.map((one) => one.name))} (${step})`,
  );
  throw new CodedError("SP-705", { why: `site \`${name}\` still has ${parts.join(", ")}` });
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, namedMax).map((name) => `\`${name}\``);
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(" and ");
}
