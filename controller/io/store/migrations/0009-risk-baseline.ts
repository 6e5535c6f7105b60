/** What raised a risk in words and how sure it was, and where and when a device is used. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  "ALTER TABLE risk_sighting ADD COLUMN body TEXT NOT NULL DEFAULT '{}'",
  "CREATE TABLE risk_baseline (device TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
];

/** What raised a risk in words and how sure it was, and where and when a device is used. */
export const riskBaseline: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
