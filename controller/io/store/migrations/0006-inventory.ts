/** What machines are made of, as they told last. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statement = `CREATE TABLE inventory (
  identity TEXT PRIMARY KEY, received_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT`;

/** What machines are made of, as they told last. */
export const inventory: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statement).execute(db);
  },
};
