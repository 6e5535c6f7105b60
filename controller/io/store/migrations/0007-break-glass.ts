/** What was opened without the controller. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What was opened without the controller. */
export const breakGlass: Migration = {
  async up(db: Kysely<unknown>) {
    const statement = `CREATE TABLE break_glass (
      jti TEXT PRIMARY KEY, gateway TEXT NOT NULL, reported_at INTEGER NOT NULL,
      body TEXT NOT NULL) STRICT, WITHOUT ROWID`;
    await sql.raw(statement).execute(db);
  },
};
