/** Lists stay quick over a full store: each is walked by an index of its own order. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const words = (row: string) => `${row}actor || ' ' || ${row}action || ' ' || ${row}subject`;

const statements = [
  `CREATE INDEX decision_resource_effect ON decision (resource, effect, id)`,
  `CREATE INDEX event_report ON event (device, received_at, seq)`,
  // Those that are over are asked for by nobody.
  `DROP INDEX grant_device`,
  `CREATE INDEX grant_live_device ON grant_ (device) WHERE ended_at IS NULL`,
  `CREATE VIRTUAL TABLE audit_search USING fts5 (words, tokenize = 'trigram')`,
  `INSERT INTO audit_search (rowid, words) SELECT seq, ${words("")} FROM audit`,
  `CREATE TRIGGER audit_search_insert AFTER INSERT ON audit BEGIN
     INSERT INTO audit_search (rowid, words) VALUES (new.seq, ${words("new.")}); END`,
  `CREATE TRIGGER audit_search_delete AFTER DELETE ON audit BEGIN
     DELETE FROM audit_search WHERE rowid = old.seq; END`,
];

/** Indices of lists, and what the audit log is searched by. */
export const listIndices: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
