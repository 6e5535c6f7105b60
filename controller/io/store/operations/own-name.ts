import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";

/** Tables whose names are the person's own words. */
export type NamedTable = "user_" | "admin";

/** Returns the wanted name; where somebody else has it, the id's last characters tell them apart. */
export async function ownName(
  db: Kysely<Tables>,
  table: NamedTable,
  request: { readonly wanted: string; readonly id: string },
): Promise<string> {
  const { wanted, id } = request;
  const taken = await db
    .selectFrom(table)
    .select("id")
    .where("name", "=", wanted)
    .executeTakeFirst();
  return taken === undefined ? wanted : `${wanted}-${id.slice(-8)}`;
}
