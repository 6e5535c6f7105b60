/** People and their groups, as providers and directories tell of them, and their sign-ins on devices. */
import { statementMigration } from "./statement-migration.ts";

/** Users, groups, memberships, sign-ins on devices. */
export const people = statementMigration([
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
  `CREATE TABLE user_session (
     id TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device (id),
     user TEXT NOT NULL REFERENCES user_ (id) ON DELETE CASCADE, acr TEXT NOT NULL,
     amr TEXT NOT NULL, auth_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
     ended_at INTEGER, created_at INTEGER NOT NULL) STRICT`,
  // One at a time: who signs in takes the place of whoever was.
  `CREATE UNIQUE INDEX user_session_live ON user_session (device) WHERE ended_at IS NULL`,
  `CREATE INDEX user_session_user ON user_session (user)`,
]);
