/** People, their groups, and sessions that stand on a person or a passkey as well as on a token. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  // An identity provider knows a person by issuer and subject; names and addresses may change hands.
  `CREATE TABLE user_ (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL, email TEXT,
     source TEXT NOT NULL, external_id TEXT UNIQUE, issuer TEXT, subject TEXT,
     active INTEGER NOT NULL, last_sign_in_at INTEGER, created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL DEFAULT 1, UNIQUE (issuer, subject)) STRICT`,
  `CREATE TABLE group_ (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
     external_id TEXT UNIQUE, created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  // Who said that somebody is a member: a sign-in replaces what sign-ins said, nothing else.
  `CREATE TABLE membership (
     user TEXT NOT NULL REFERENCES user_ (id) ON DELETE CASCADE,
     group_ TEXT NOT NULL REFERENCES group_ (id) ON DELETE CASCADE,
     source TEXT NOT NULL, PRIMARY KEY (user, group_, source)) STRICT, WITHOUT ROWID`,
  `CREATE INDEX membership_group ON membership (group_)`,
  `ALTER TABLE admin ADD COLUMN user TEXT REFERENCES user_ (id) ON DELETE SET NULL`,
  `ALTER TABLE admin ADD COLUMN role TEXT`,
  `CREATE UNIQUE INDEX admin_user ON admin (user) WHERE user IS NOT NULL`,
  `CREATE TABLE passkey (
     id TEXT PRIMARY KEY, admin TEXT NOT NULL REFERENCES admin (id), name TEXT NOT NULL,
     public_key BLOB NOT NULL, counter INTEGER NOT NULL, transports TEXT NOT NULL,
     backed_up INTEGER NOT NULL, last_used_at INTEGER, created_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE set_up_link (
     hash TEXT PRIMARY KEY, role TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  // Ends with what it stands on: a token, a passkey, or a person with the role of the sign-in.
  `CREATE TABLE session_of_admin (
     hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, admin TEXT NOT NULL REFERENCES admin (id),
     token TEXT REFERENCES api_token (id), passkey TEXT REFERENCES passkey (id) ON DELETE CASCADE,
     user TEXT REFERENCES user_ (id) ON DELETE CASCADE, role TEXT,
     expires_at INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `INSERT INTO session_of_admin (hash, id, admin, token, expires_at, created_at)
     SELECT hash, admin_session.id, api_token.admin, token, admin_session.expires_at,
       admin_session.created_at
     FROM admin_session JOIN api_token ON api_token.id = admin_session.token`,
  `DROP TABLE admin_session`,
  `ALTER TABLE session_of_admin RENAME TO admin_session`,
];

/** People, their groups, and what sessions stand on. */
export const people: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
