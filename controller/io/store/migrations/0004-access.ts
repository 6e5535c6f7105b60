/** What was decided, what was opened by it, and what was opened without it. */
import { appendOnly, statementMigration } from "./statement-migration.ts";

/** Decisions with their inputs, grants, access requests, openings by break-glass. */
export const access = statementMigration([
  `CREATE TABLE decision (
     id TEXT PRIMARY KEY, reference TEXT NOT NULL, at INTEGER NOT NULL, device TEXT NOT NULL,
     resource TEXT NOT NULL, effect TEXT NOT NULL, body TEXT NOT NULL) STRICT`,
  appendOnly("decision"),
  // Each list is walked by an index of its own order, which alone tells what else was asked for.
  `CREATE INDEX decision_reference ON decision (reference)`,
  `CREATE INDEX decision_device ON decision (device, id, effect, resource)`,
  `CREATE INDEX decision_effect ON decision (effect, id)`,
  `CREATE INDEX decision_resource ON decision (resource, id)`,
  `CREATE INDEX decision_resource_effect ON decision (resource, effect, id)`,
  `CREATE TABLE decision_input (
     hash TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE INDEX decision_input_at ON decision_input (at)`,
  `CREATE TABLE grant_ (
     jti TEXT PRIMARY KEY, device TEXT NOT NULL, gateway TEXT NOT NULL, decision TEXT NOT NULL,
     issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended_at INTEGER,
     ended_because TEXT, body TEXT NOT NULL) STRICT`,
  // Those that are over are asked for by nobody.
  `CREATE INDEX grant_live ON grant_ (expires_at) WHERE ended_at IS NULL`,
  `CREATE INDEX grant_live_device ON grant_ (device) WHERE ended_at IS NULL`,
  `CREATE TABLE access_request (
     id TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device (id), status TEXT NOT NULL,
     until_at INTEGER, body TEXT NOT NULL, people TEXT NOT NULL DEFAULT '{}',
     created_at INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 1) STRICT`,
  `CREATE INDEX access_request_open ON access_request (created_at)
     WHERE status IN ('pending', 'approved')`,
  `CREATE TABLE break_glass (
     jti TEXT PRIMARY KEY, gateway TEXT NOT NULL, reported_at INTEGER NOT NULL,
     body TEXT NOT NULL) STRICT, WITHOUT ROWID`,
]);
