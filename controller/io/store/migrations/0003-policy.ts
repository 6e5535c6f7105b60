/** Sets of policies, how one comes in force, and what is learned of those that are only watched. */
import { appendOnly, statementMigration } from "./statement-migration.ts";

/** Policy sets, their changes, shadows and use. */
export const policy = statementMigration([
  `CREATE TABLE policy_set (
     version TEXT PRIMARY KEY, body TEXT NOT NULL, files TEXT NOT NULL DEFAULT '[]',
     created_at INTEGER NOT NULL, created_by TEXT NOT NULL) STRICT`,
  appendOnly("policy_set"),
  `CREATE TABLE policy_active (
     slot INTEGER PRIMARY KEY CHECK (slot = 1),
     version TEXT NOT NULL REFERENCES policy_set (version), activated_at INTEGER NOT NULL) STRICT`,
  // `why` is the reason of a halt, `settled_reason` that of whoever refused, aborted or resumed.
  `CREATE TABLE policy_change (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     version TEXT NOT NULL REFERENCES policy_set (version), former TEXT,
     kind TEXT NOT NULL, source TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL,
     approver TEXT, status TEXT NOT NULL, ring INTEGER NOT NULL, ring_since_at INTEGER NOT NULL,
     why TEXT, settled_reason TEXT, body TEXT NOT NULL, created_at INTEGER NOT NULL,
     settled_at INTEGER) STRICT`,
  // At most one change is under way.
  `CREATE UNIQUE INDEX policy_change_open ON policy_change ((1))
     WHERE status IN ('waiting', 'rolling', 'halted')`,
  `CREATE TABLE policy_shadow (
     slot INTEGER PRIMARY KEY CHECK (slot = 1),
     version TEXT NOT NULL REFERENCES policy_set (version), started_at INTEGER NOT NULL,
     started_by TEXT NOT NULL, reason TEXT NOT NULL) STRICT`,
  `CREATE TABLE policy_use (
     policy TEXT PRIMARY KEY, since_at INTEGER NOT NULL, matched_at INTEGER,
     decisive_at INTEGER, matched INTEGER NOT NULL, decisive INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE policy_trial (
     trial TEXT PRIMARY KEY, started_at INTEGER NOT NULL,
     decisions INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE policy_difference (
     trial TEXT NOT NULL, cause TEXT NOT NULL, body TEXT NOT NULL, accepted_by TEXT,
     accepted_reason TEXT, accepted_at INTEGER, PRIMARY KEY (trial, cause)) STRICT, WITHOUT ROWID`,
]);
