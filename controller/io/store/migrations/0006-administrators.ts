/** Who administers, what they come in by, and what they changed. */
import { appendOnly, statementMigration } from "./statement-migration.ts";

/** Administrators, tokens, passkeys, sessions, answers that are kept, the audit log. */
export const administrators = statementMigration([
  `CREATE TABLE admin (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,
     user TEXT REFERENCES user_ (id) ON DELETE SET NULL, role TEXT, created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE UNIQUE INDEX admin_user ON admin (user) WHERE user IS NOT NULL`,
  `CREATE TABLE api_token (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, admin TEXT NOT NULL REFERENCES admin (id),
     role TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE, created_by TEXT NOT NULL,
     expires_at INTEGER, revoked_at INTEGER, created_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE passkey (
     id TEXT PRIMARY KEY, admin TEXT NOT NULL REFERENCES admin (id), name TEXT NOT NULL,
     public_key BLOB NOT NULL, counter INTEGER NOT NULL, transports TEXT NOT NULL,
     backed_up INTEGER NOT NULL, last_used_at INTEGER, created_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE set_up_link (
     hash TEXT PRIMARY KEY, role TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE sign_in_link (
     hash TEXT PRIMARY KEY, token TEXT NOT NULL REFERENCES api_token (id),
     expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  // Ends with what it stands on: a token, a passkey, or a person with the role of the sign-in.
  `CREATE TABLE admin_session (
     hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, admin TEXT NOT NULL REFERENCES admin (id),
     token TEXT REFERENCES api_token (id), passkey TEXT REFERENCES passkey (id) ON DELETE CASCADE,
     user TEXT REFERENCES user_ (id) ON DELETE CASCADE, role TEXT,
     expires_at INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE kept_answer (
     admin TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL, at INTEGER NOT NULL,
     status INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (admin, key)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE audit (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
     action TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL) STRICT`,
  appendOnly("audit"),
  `CREATE VIRTUAL TABLE audit_search USING fts5 (words, tokenize = 'trigram')`,
  `CREATE TRIGGER audit_search_insert AFTER INSERT ON audit BEGIN
     INSERT INTO audit_search (rowid, words)
     VALUES (new.seq, new.actor || ' ' || new.action || ' ' || new.subject); END`,
  `CREATE TRIGGER audit_search_delete AFTER DELETE ON audit BEGIN
     DELETE FROM audit_search WHERE rowid = old.seq; END`,
]);
