/** A device's decisions by answer or resource: the index alone tells which, so no other row is read. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `DROP INDEX decision_device`,
  `CREATE INDEX decision_device ON decision (device, id, effect, resource)`,
];

/** Decisions of one device, by whatever else is asked of them. */
export const decisionsOfDevice: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
