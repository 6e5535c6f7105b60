/** The first tables. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `CREATE TABLE setting (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT`,
  `CREATE TABLE key_ (
     id TEXT PRIMARY KEY, purpose TEXT NOT NULL, sealed BLOB NOT NULL,
     created_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE enrol_key (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, site TEXT REFERENCES site (id),
     secret_hash TEXT NOT NULL, uses_max INTEGER NOT NULL, uses INTEGER NOT NULL DEFAULT 0,
     expires_at INTEGER NOT NULL, approval TEXT NOT NULL, created_by TEXT NOT NULL,
     revoked_at INTEGER, last_used_at INTEGER, body TEXT NOT NULL, created_at INTEGER NOT NULL,
     CHECK (uses <= uses_max)) STRICT`,
  `CREATE TABLE device (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
     enrol_key TEXT NOT NULL REFERENCES enrol_key (id), spki_hex TEXT NOT NULL UNIQUE,
     wg_public_key TEXT NOT NULL UNIQUE, address4 TEXT NOT NULL, address6 TEXT NOT NULL,
     level INTEGER NOT NULL DEFAULT 0, last_seen_at INTEGER NOT NULL,
     body TEXT NOT NULL, created_at INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE TABLE site (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
     created_at INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE TABLE gateway (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, site TEXT NOT NULL REFERENCES site (id),
     priority INTEGER NOT NULL, status TEXT NOT NULL,
     enrol_key TEXT NOT NULL REFERENCES enrol_key (id), spki_hex TEXT NOT NULL UNIQUE,
     wg_public_key TEXT NOT NULL UNIQUE, address4 TEXT NOT NULL, address6 TEXT NOT NULL,
     last_seen_at INTEGER NOT NULL, sealed_psk BLOB NOT NULL, body TEXT NOT NULL,
     created_at INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE TABLE resource (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, site TEXT NOT NULL REFERENCES site (id),
     source TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE TABLE address (
     host INTEGER PRIMARY KEY, holder TEXT NOT NULL UNIQUE, freed_at INTEGER) STRICT`,
  `CREATE TABLE certificate (
     serial TEXT PRIMARY KEY, identity TEXT NOT NULL, spki_hex TEXT NOT NULL,
     not_before_at INTEGER NOT NULL, not_after_at INTEGER NOT NULL, pem TEXT NOT NULL,
     created_at INTEGER NOT NULL) STRICT`,
  `CREATE INDEX certificate_identity ON certificate (identity, not_after_at)`,
  `CREATE TABLE event (
     device TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL,
     received_at INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (device, epoch, seq)) STRICT, WITHOUT ROWID`,
  `CREATE INDEX event_received ON event (received_at)`,
  `CREATE TABLE fact (
     device TEXT NOT NULL, signal TEXT NOT NULL, until_at INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (device, signal)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE ledger (
     device TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL,
     received_at INTEGER NOT NULL, PRIMARY KEY (device, epoch)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE policy_set (
     version TEXT PRIMARY KEY, body TEXT NOT NULL, created_at INTEGER NOT NULL,
     created_by TEXT NOT NULL) STRICT`,
  `CREATE TABLE policy_active (
     slot INTEGER PRIMARY KEY CHECK (slot = 1),
     version TEXT NOT NULL REFERENCES policy_set (version), activated_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE decision (
     id TEXT PRIMARY KEY, reference TEXT NOT NULL, at INTEGER NOT NULL, device TEXT NOT NULL,
     resource TEXT NOT NULL, effect TEXT NOT NULL, body TEXT NOT NULL) STRICT`,
  `CREATE INDEX decision_reference ON decision (reference)`,
  `CREATE INDEX decision_device ON decision (device, id)`,
  `CREATE TABLE grant_ (
     jti TEXT PRIMARY KEY, device TEXT NOT NULL, gateway TEXT NOT NULL, decision TEXT NOT NULL,
     issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended_at INTEGER,
     ended_because TEXT, body TEXT NOT NULL) STRICT`,
  `CREATE INDEX grant_live ON grant_ (expires_at) WHERE ended_at IS NULL`,
  `CREATE INDEX grant_device ON grant_ (device, issued_at)`,
  `CREATE TABLE audit (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
     action TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL) STRICT`,
  `CREATE TABLE api_token (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE,
     expires_at INTEGER, revoked_at INTEGER, created_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE trust (
     identity TEXT PRIMARY KEY, version INTEGER NOT NULL, content_hash TEXT NOT NULL,
     sig TEXT NOT NULL) STRICT`,
  // Append-only tables refuse changes even from our own code.
  ...["event", "decision", "audit", "policy_set"].map(
    (table) => `CREATE TRIGGER ${table}_append_only BEFORE UPDATE ON ${table}
     BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
  ),
];

/** The first tables. */
export const first: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
