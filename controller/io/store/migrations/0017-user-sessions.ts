/** Sign-ins of people on devices. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `CREATE TABLE user_session (
     id TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device (id),
     user TEXT NOT NULL REFERENCES user_ (id) ON DELETE CASCADE, acr TEXT NOT NULL,
     amr TEXT NOT NULL, auth_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
     ended_at INTEGER, created_at INTEGER NOT NULL) STRICT`,
  // One at a time: who signs in takes the place of whoever was.
  `CREATE UNIQUE INDEX user_session_live ON user_session (device) WHERE ended_at IS NULL`,
  `CREATE INDEX user_session_user ON user_session (user)`,
];

/** Sign-ins of people on devices. */
export const userSessions: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
