/** What resources were called that are gone: the audit log remembers it. */
import { type Kysely, sql } from "kysely";
import type { Tables } from "../tables.ts";
import { rowsHolding } from "./list.ts";

const idsMax = 200;
const entriesMax = 64;

/** Returns the last names of resources by their ids; whom no entry tells of is left out. */
export async function nameFormerResources(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of ids.slice(0, idsMax)) {
    const rows = await db
      .selectFrom("audit")
      .select("body")
      .where(sql<boolean>`seq IN (${rowsHolding("audit_search", id)})`)
      .where("subject", "=", id)
      .orderBy("seq", "desc")
      .limit(entriesMax)
      .execute();
    const name = rows.map(({ body }) => nameIn(body)).find((one) => one !== undefined);
    if (name !== undefined) names.set(id, name);
  }
  return names;
}

function nameIn(body: string): string | undefined {
  const { before, after } = JSON.parse(body) as Record<
    "before" | "after",
    { name?: string } | null
  >;
  return after?.name ?? before?.name;
}
