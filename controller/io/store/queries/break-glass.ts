/** Keys of break-glass, and what was opened by them. */
import type { Kysely } from "kysely";
import type { BrokenGlass } from "#shared/protocol/break-glass.ts";
import type { GlassKey } from "#shared/protocol/trust.ts";
import type { Tables } from "../tables.ts";

const rowsMax = 200;

/** Returns the registered keys. */
export async function readGlassKeys(db: Kysely<Tables>): Promise<readonly GlassKey[]> {
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", "breakGlassKeys")
    .executeTakeFirst();
  return row === undefined ? [] : (JSON.parse(row.body) as readonly GlassKey[]);
}

/** What a gateway opened without the controller. */
export interface BrokenGlassRow {
  readonly gateway: string;
  readonly reportedAt: number;
  readonly glass: BrokenGlass;
}

/** Returns what was opened, the newest report first. */
export async function listBrokenGlass(db: Kysely<Tables>): Promise<readonly BrokenGlassRow[]> {
  const rows = await db
    .selectFrom("break_glass")
    .selectAll()
    .orderBy("reported_at", "desc")
    .limit(rowsMax)
    .execute();
  return rows.map((row) => ({
    gateway: row.gateway,
    reportedAt: row.reported_at,
    glass: JSON.parse(row.body) as BrokenGlass,
  }));
}
