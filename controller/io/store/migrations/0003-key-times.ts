/** Since when a key signs: several keys of one purpose may be believed at a time. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `ALTER TABLE key_ ADD COLUMN active_from_at INTEGER`,
  `UPDATE key_ SET active_from_at = 0`,
];

/** Since when a key signs; null while it is announced only. */
export const keyTimes: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
