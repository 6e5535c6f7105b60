/** The controller itself, who joined it, what can be reached through whom, and by which addresses. */
import { statementMigration } from "./statement-migration.ts";

/** What people call a device by, so that any part of it is found without reading all devices. */
const wordsOfNewDevice = [
  ...["name", "address4", "address6"].map((column) => `new.${column}`),
  ...["owner", "serviceAccount", "groups", "tags", "serials", "os"].map(
    (member) => `coalesce(json_extract(new.body, '$.${member}'), '')`,
  ),
].join(" || ' ' || ");

/** Settings, keys, devices, gateways, sites, resources, certificates. */
export const fleet = statementMigration([
  `CREATE TABLE setting (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT`,
  // Several keys of one purpose may be believed at a time; without `active_from_at` one is announced only.
  `CREATE TABLE key_ (
     id TEXT PRIMARY KEY, purpose TEXT NOT NULL, sealed BLOB NOT NULL, active_from_at INTEGER,
     created_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE site (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
     created_at INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE TABLE resource (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, site TEXT NOT NULL REFERENCES site (id),
     source TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL DEFAULT 1) STRICT`,
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
  `CREATE VIRTUAL TABLE device_search USING fts5 (words, tokenize = 'trigram')`,
  `CREATE TRIGGER device_search_insert AFTER INSERT ON device BEGIN
     INSERT INTO device_search (rowid, words) VALUES (new.rowid, ${wordsOfNewDevice}); END`,
  `CREATE TRIGGER device_search_update AFTER UPDATE OF name, address4, address6, body ON device BEGIN
     UPDATE device_search SET words = ${wordsOfNewDevice} WHERE rowid = new.rowid; END`,
  `CREATE TRIGGER device_search_delete AFTER DELETE ON device BEGIN
     DELETE FROM device_search WHERE rowid = old.rowid; END`,
  `CREATE TABLE gateway (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, site TEXT NOT NULL REFERENCES site (id),
     priority INTEGER NOT NULL, status TEXT NOT NULL,
     enrol_key TEXT NOT NULL REFERENCES enrol_key (id), spki_hex TEXT NOT NULL UNIQUE,
     wg_public_key TEXT NOT NULL UNIQUE, address4 TEXT NOT NULL, address6 TEXT NOT NULL,
     last_seen_at INTEGER NOT NULL, sealed_psk BLOB NOT NULL, body TEXT NOT NULL,
     created_at INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE TABLE address (
     host INTEGER PRIMARY KEY, holder TEXT NOT NULL UNIQUE, freed_at INTEGER) STRICT`,
  `CREATE TABLE certificate (
     serial TEXT PRIMARY KEY, identity TEXT NOT NULL, spki_hex TEXT NOT NULL,
     not_before_at INTEGER NOT NULL, not_after_at INTEGER NOT NULL, pem TEXT NOT NULL,
     created_at INTEGER NOT NULL) STRICT`,
  `CREATE INDEX certificate_identity ON certificate (identity, not_after_at)`,
  `CREATE TABLE trust (
     identity TEXT PRIMARY KEY, version INTEGER NOT NULL, content_hash TEXT NOT NULL,
     sig TEXT NOT NULL) STRICT`,
  `CREATE TABLE inventory (
     identity TEXT PRIMARY KEY, received_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT`,
]);
