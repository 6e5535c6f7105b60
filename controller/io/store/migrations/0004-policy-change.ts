/** Changes of policy with their history, shadows, and the use of policies. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const statements = [
  `ALTER TABLE policy_set ADD COLUMN files TEXT NOT NULL DEFAULT '[]'`,
  `CREATE TABLE policy_change (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     version TEXT NOT NULL REFERENCES policy_set (version), former TEXT,
     kind TEXT NOT NULL, source TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL,
     approver TEXT, status TEXT NOT NULL, ring INTEGER NOT NULL, ring_since_at INTEGER NOT NULL,
     why TEXT, body TEXT NOT NULL, created_at INTEGER NOT NULL, settled_at INTEGER) STRICT`,
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
];

/** Changes of policy, shadows and use. */
export const policyChange: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
