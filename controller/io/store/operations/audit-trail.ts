/** What the running operation wrote to the audit table; the writer thread runs one at a time. */
import type { AuditAction } from "../../../core/audit-action.ts";
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";

/** Who did what to whom, written in the transaction of the change itself. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

let trail: AuditEntry[] = [];

/** Appends one entry to the audit table. */
export async function writeAudit(db: Kysely<Tables>, entry: AuditEntry): Promise<void> {
  await db
    .insertInto("audit")
    .values({ ...entry, body: JSON.stringify(entry.body) })
    .execute();
  trail.push(entry);
}

/** Returns the entries since the last call and forgets them. */
export function takeTrail(): readonly AuditEntry[] {
  const taken = trail;
  trail = [];
  return taken;
}
