/** What raised the risk of a device. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** What raised the risk of a device. */
export const risk: Migration = {
  async up(db: Kysely<unknown>) {
    const statement = `CREATE TABLE risk_sighting (
      device TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
      PRIMARY KEY (device, at, kind)) STRICT, WITHOUT ROWID`;
    await sql.raw(statement).execute(db);
  },
};
