/** Sign-ins of administrators to the console. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  // Both stand on a token: where it is revoked or over, so are they.
  `CREATE TABLE sign_in_link (
     hash TEXT PRIMARY KEY, token TEXT NOT NULL REFERENCES api_token (id),
     expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE admin_session (
     hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE,
     token TEXT NOT NULL REFERENCES api_token (id),
     expires_at INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
];

/** Sign-ins of administrators to the console. */
export const sessions: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
