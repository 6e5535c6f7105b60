/** What devices reported, what is held true of them, and what raises their risk. */
import { appendOnly, statementMigration } from "./statement-migration.ts";

/** Events with their signatures, facts, ledgers, sightings. */
export const posture = statementMigration([
  `CREATE TABLE event (
     device TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL,
     received_at INTEGER NOT NULL, body TEXT NOT NULL, signature TEXT,
     PRIMARY KEY (device, epoch, seq)) STRICT, WITHOUT ROWID`,
  `CREATE INDEX event_received ON event (received_at)`,
  `CREATE INDEX event_report ON event (device, received_at, seq)`,
  appendOnly("event"),
  `CREATE TABLE fact (
     device TEXT NOT NULL, signal TEXT NOT NULL, until_at INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (device, signal)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE ledger (
     device TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL,
     received_at INTEGER NOT NULL, PRIMARY KEY (device, epoch)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE risk_sighting (
     device TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL DEFAULT '{}',
     PRIMARY KEY (device, at, kind)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE risk_baseline (
     device TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID`,
]);
