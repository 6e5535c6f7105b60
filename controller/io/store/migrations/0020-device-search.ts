/** What people call devices by, kept so that any part of it is found without reading all devices. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const words = (row: string) =>
  [
    `${row}name`,
    `${row}address4`,
    `${row}address6`,
    ...["owner", "serviceAccount", "groups", "tags", "serials", "os"].map(
      (member) => `coalesce(json_extract(${row}body, '$.${member}'), '')`,
    ),
  ].join(" || ' ' || ");

const statements = [
  `CREATE VIRTUAL TABLE device_search USING fts5 (words, tokenize = 'trigram')`,
  `INSERT INTO device_search (rowid, words) SELECT rowid, ${words("")} FROM device`,
  `CREATE TRIGGER device_search_insert AFTER INSERT ON device BEGIN
     INSERT INTO device_search (rowid, words) VALUES (new.rowid, ${words("new.")}); END`,
  `CREATE TRIGGER device_search_update AFTER UPDATE OF name, address4, address6, body ON device BEGIN
     UPDATE device_search SET words = ${words("new.")} WHERE rowid = new.rowid; END`,
  `CREATE TRIGGER device_search_delete AFTER DELETE ON device BEGIN
     DELETE FROM device_search WHERE rowid = old.rowid; END`,
];

/** What people call devices by. */
export const deviceSearch: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
