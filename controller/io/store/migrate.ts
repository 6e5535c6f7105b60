/** Brings the tables to this version, all or nothing; refuses a file of a newer version. */
import { Migrator } from "kysely/migration";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Database } from "./database.ts";
import { first } from "./migrations/0001-first.ts";
import { administrators } from "./migrations/0002-administrators.ts";
import { keyTimes } from "./migrations/0003-key-times.ts";
import { policyChange } from "./migrations/0004-policy-change.ts";
import { justInTime } from "./migrations/0005-just-in-time.ts";
import { inventory } from "./migrations/0006-inventory.ts";
import { breakGlass } from "./migrations/0007-break-glass.ts";
import { risk } from "./migrations/0008-risk.ts";
import { riskBaseline } from "./migrations/0009-risk-baseline.ts";
import { settledReason } from "./migrations/0010-settled-reason.ts";
import { sessions } from "./migrations/0011-sessions.ts";
import { decisionLists } from "./migrations/0012-decision-lists.ts";
import { answers } from "./migrations/0013-answers.ts";
import { people } from "./migrations/0016-people.ts";
import { userSessions } from "./migrations/0017-user-sessions.ts";
import { deviceSearch } from "./migrations/0020-device-search.ts";
import { listIndices } from "./migrations/0021-list-indices.ts";
import { decisionsOfDevice } from "./migrations/0022-decisions-of-device.ts";
import { signedEvents } from "./migrations/0024-signed-events.ts";

const migrations = {
  "0001-first": first,
  "0002-administrators": administrators,
  "0003-key-times": keyTimes,
  "0004-policy-change": policyChange,
  "0005-just-in-time": justInTime,
  "0006-inventory": inventory,
  "0007-break-glass": breakGlass,
  "0008-risk": risk,
  "0009-risk-baseline": riskBaseline,
  "0010-settled-reason": settledReason,
  "0011-sessions": sessions,
  "0012-decision-lists": decisionLists,
  "0013-answers": answers,
  "0016-people": people,
  "0017-user-sessions": userSessions,
  "0020-device-search": deviceSearch,
  "0021-list-indices": listIndices,
  "0022-decisions-of-device": decisionsOfDevice,
  "0024-signed-events": signedEvents,
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
