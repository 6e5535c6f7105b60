/** Answers that are given again to who asks the same again. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statement = `CREATE TABLE kept_answer (
  admin TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL, at INTEGER NOT NULL,
  status INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (admin, key)) STRICT, WITHOUT ROWID`;

/** Answers that are given again to who asks the same again. */
export const answers: Migration = {
  async up(db: Kysely<unknown>) {
    await sql.raw(statement).execute(db);
  },
};
