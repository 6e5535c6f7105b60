import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Returns the migration that runs the statements in their order. */
export function statementMigration(statements: readonly string[]): Migration {
  return {
    async up(db: Kysely<unknown>) {
      for (const statement of statements) await sql.raw(statement).execute(db);
    },
  };
}

/** Returns the trigger that refuses changes of a table's rows, even from our own code. */
export function appendOnly(table: string): string {
  return `CREATE TRIGGER ${table}_append_only BEFORE UPDATE ON ${table}
     BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`;
}
