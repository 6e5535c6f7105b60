import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Tables } from "../tables.ts";

/** Records that are changed by their revision. */
export type RevisedTable = "device" | "gateway" | "site";

/** Throws SP-711 where a record is another than the one that was looked at; `wanted` undefined = whichever. */
export async function requireRevision(
  db: Kysely<Tables>,
  record: { readonly table: RevisedTable; readonly id: string },
  wanted: number | undefined,
): Promise<void> {
  if (wanted === undefined) return;
  const held = await revisionOf(db, record);
  if (held === wanted) return;
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
