/** Lists of decisions by answer or by resource, without looking at all of them. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `CREATE INDEX decision_effect ON decision (effect, id)`,
  `CREATE INDEX decision_resource ON decision (resource, id)`,
];

/** Lists of decisions by answer or by resource, without looking at all of them. */
export const decisionLists: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
