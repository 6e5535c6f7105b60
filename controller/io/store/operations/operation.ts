import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";

/** Runs inside the writer's transaction; a throw undoes this operation alone. */
export type Operation<A, R> = (db: Kysely<Tables>, args: A) => Promise<R>;

/** Who did what to whom, written in the transaction of the change itself. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Appends one entry to the audit table. */
export async function writeAudit(db: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  await db
    .insertInto("audit")
    .values({ ...entry, body: JSON.stringify(entry.body) })
    .execute();
}
