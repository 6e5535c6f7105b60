/** Brings the tables to this version, all or nothing; refuses a file of a newer version. */
import { Migrator } from "kysely/migration";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Database } from "./database.ts";
import { fleet } from "./migrations/0001-fleet.ts";
import { posture } from "./migrations/0002-posture.ts";
import { policy } from "./migrations/0003-policy.ts";
import { access } from "./migrations/0004-access.ts";
import { people } from "./migrations/0005-people.ts";
import { administrators } from "./migrations/0006-administrators.ts";
import { keptOut } from "./migrations/0007-kept-out.ts";
import { sessionActivity } from "./migrations/0008-session-activity.ts";

const migrations = {
  "0001-fleet": fleet,
  "0002-posture": posture,
  "0003-policy": policy,
  "0004-access": access,
  "0005-people": people,
  "0006-administrators": administrators,
  "0007-kept-out": keptOut,
  "0008-session-activity": sessionActivity,
};

/** Runs what is missing in one transaction. */
export async function migrate(database: Database, file: string): Promise<void> {
  const { sqlite } = database;
  sqlite.exec("BEGIN IMMEDIATE");
  try {
    await runMissing(database, file);
    sqlite.exec("COMMIT");
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec("ROLLBACK");
    throw error;
  }
}

async function runMissing({ kysely }: Database, file: string): Promise<void> {
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof Error && /corrupted migrations/.test(error.message)) {
    throw new CodedError("SP-806", { file, why: "it knows other migrations" }, { cause: error });
  }
  // As it is: what SQLite says of a damaged page has a code of its own.
  if (error instanceof Error) throw error;
  if (error !== undefined) throw new Error("the migration failed", { cause: error });
}
