/** Opens the SQLite file and puts Kysely over node:sqlite; used inside the store's threads only. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import type { Tables } from "./tables.ts";

const busyTimeoutMs = 2_000;
const statementsMax = 256;

/** An open file: Kysely for queries, the handle for transactions. */
export interface Database {
  readonly sqlite: DatabaseSync;
  readonly kysely: Kysely<Tables>;
}

/** Opens the file in WAL mode with synchronous=FULL, so that a commit survives a power cut. */
export function openDatabase(path: string, options: { readonly readOnly: boolean }): Database {
  const sqlite = new DatabaseSync(path, { readOnly: options.readOnly, timeout: busyTimeoutMs });
  if (!options.readOnly) {
    sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  }
  const statements = new Map<string, StatementSync>();
  const dialect = new SqliteDialect({
    database: {
      close: () => sqlite.close(),
      prepare: (sql) => adaptStatement(cachedStatement(sqlite, statements, sql)),
    },
  });
  return { sqlite, kysely: new Kysely<Tables>({ dialect }) };
}

function cachedStatement(
  sqlite: DatabaseSync,
  statements: Map<string, StatementSync>,
  sql: string,
): StatementSync {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  const statement = sqlite.prepare(sql);
  // Batches of any size make new texts; a bound keeps the cache from growing with them.
  if (statements.size >= statementsMax) statements.clear();
  statements.set(sql, statement);
  return statement;
}

function adaptStatement(statement: StatementSync) {
  // Kysely's compiler makes the parameters from typed values, so they are what SQLite can bind.
  const bound = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...bound(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...bound(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...bound(parameters)),
  };
}
