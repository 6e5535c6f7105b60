import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Tables } from "../tables.ts";

/** Records that are changed by their revision. */
export type RevisedTable = "device" | "gateway" | "site" | "resource";

/** What a change is of: that revision, any, or nothing said, which is only right where nothing is there. */
export type WantedRevision = number | "any" | undefined;

/** Throws SP-711 where a record is another than the one that was looked at, SP-713 where nobody looked. */
export async function requireRevision(
  db: Kysely<Tables>,
  record: { readonly table: RevisedTable; readonly id: string },
  wanted: WantedRevision,
): Promise<void> {
  const held = await revisionOf(db, record);
  if (wanted === undefined) {
    if (held !== null) throw new CodedError("SP-713", { what: record.table });
    return;
  }
  if (held === wanted || (wanted === "any" && held !== null)) return;
  throw new CodedError("SP-711", { what: record.table, wanted, held: held ?? "none" });
}

/** Returns how often a record was changed, counted from 1, or null where there is none. */
export async function revisionOf(
  db: Kysely<Tables>,
  { table, id }: { readonly table: RevisedTable; readonly id: string },
): Promise<number | null> {
  const row = await db.selectFrom(table).select("revision").where("id", "=", id).executeTakeFirst();
  return row?.revision ?? null;
}
