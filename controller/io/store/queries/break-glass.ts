/** Keys of break-glass, and what was opened by them. */
import type { Kysely } from "kysely";
import type { BreakGlassOpening } from "#shared/protocol/break-glass.ts";
import type { BreakGlassKey } from "#shared/protocol/trust.ts";
import type { Tables } from "../tables.ts";

const rowsMax = 200;

/** Returns the registered keys. */
export async function readBreakGlassKeys(db: Kysely<Tables>): Promise<readonly BreakGlassKey[]> {
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", "breakGlassKeys")
    .executeTakeFirst();
  return row === undefined ? [] : (JSON.parse(row.body) as readonly BreakGlassKey[]);
}

/** What a gateway opened without the controller. */
export interface BreakGlassOpeningRow {
  readonly gateway: string;
  readonly reportedAt: number;
  readonly opening: BreakGlassOpening;
}

/** Returns what was opened, the newest report first. */
export async function listBreakGlassOpenings(
  db: Kysely<Tables>,
): Promise<readonly BreakGlassOpeningRow[]> {
  const rows = await db
    .selectFrom("break_glass")
    .selectAll()
    .orderBy("reported_at", "desc")
    .limit(rowsMax)
    .execute();
  return rows.map((row) => ({
    gateway: row.gateway,
    reportedAt: row.reported_at,
    opening: JSON.parse(row.body) as BreakGlassOpening,
  }));
}
