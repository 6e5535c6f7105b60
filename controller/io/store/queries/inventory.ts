import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";

/** What a machine told of itself last. */
export interface InventoryView {
  readonly receivedAt: number;
  readonly items: Readonly<Record<string, string>>;
}

/** Returns what a machine is made of, or null where it never told. */
export async function findInventory(
  db: Kysely<Tables>,
  identity: string,
): Promise<InventoryView | null> {
  const row = await db
    .selectFrom("inventory")
    .select(["received_at", "body"])
    .where("identity", "=", identity)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { receivedAt: row.received_at, items: JSON.parse(row.body) as InventoryView["items"] };
}
