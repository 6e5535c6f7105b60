/** What a policy set does to the table of resources. */
import type { Kysely } from "kysely";
import { documentsOf } from "../../../core/access/policy-in-force.ts";
import type { ResourceRecord } from "../../../core/record.ts";
import { traitsOf } from "../../../core/resource-traits.ts";
import type { Tables } from "../tables.ts";
import type { AuditEntry } from "./audit-trail.ts";
import { applyResources } from "./inventory.ts";

/** What a change of policy did to resources; `removed` holds ids. */
export interface ResourcesApplied {
  readonly resources: readonly ResourceRecord[];
  readonly removed: readonly string[];
}

/** Makes the resources of documents exactly these: upserts them, removes the others. */
export async function replaceResources(
  db: Kysely<Tables>,
  records: readonly ResourceRecord[],
  audit: AuditEntry,
): Promise<ResourcesApplied> {
  const removed = await removeOthers(
    db,
    records.map((record) => record.name),
  );
  return { removed, resources: await applyResources(db, { records, audit }) };
}

/** Adds the resources whose names are new; all others stay as they are until the roll-out is over. */
export async function addNewResources(
  db: Kysely<Tables>,
  records: readonly ResourceRecord[],
  audit: AuditEntry,
): Promise<ResourcesApplied> {
  const held = await db.selectFrom("resource").select("name").execute();
  const names = new Set(held.map((row) => row.name));
  const added = records.filter((record) => !names.has(record.name));
  return { removed: [], resources: await applyResources(db, { records: added, audit }) };
}

/** Removes what came from documents and is not named; returns the ids. */
export async function removeOthers(
  db: Kysely<Tables>,
  names: readonly string[],
): Promise<readonly string[]> {
  const removed = await db
    .deleteFrom("resource")
    .where("source", "=", "git")
    .where("name", "not in", names)
    .returning("id")
    .execute();
  return removed.map((row) => row.id);
}

/** Returns the resources of a stored set as records; names that the table has keep their ids there. */
export function resourcesOfBody(body: string): readonly ResourceRecord[] {
  return documentsOf({ body })
    .flatMap((document) => document.resources)
    .map((definition) => ({
      id: "",
      site: definition.site,
      source: "git",
      ...traitsOf(definition),
    }));
}
