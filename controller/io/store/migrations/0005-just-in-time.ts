/** Requests for time-boxed access, and what decisions were made from. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `CREATE TABLE access_request (
     id TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device (id), status TEXT NOT NULL,
     until_at INTEGER, body TEXT NOT NULL, created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE INDEX access_request_open ON access_request (created_at)
     WHERE status IN ('pending', 'approved')`,
  `CREATE TABLE decision_input (
     hash TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE INDEX decision_input_at ON decision_input (at)`,
];

/** Just-in-time access and replayable decisions. */
export const justInTime: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
