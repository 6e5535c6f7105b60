import { type Kysely, sql } from "kysely";
import type { AuditAction } from "../../../core/audit-action.ts";
import type { KeptRefusal } from "../operations/refused-joining.ts";
import type { Tables } from "../tables.ts";
import { rowsHolding } from "./list.ts";

/** A refusal as it was kept; `keyName` is null where no key of ours was named. */
export interface RefusalRow extends Pick<
  KeptRefusal,
  "error" | "hostname" | "remoteAddress" | "leftOut"
> {
  readonly seq: number;
  readonly at: number;
  readonly key: string;
  readonly keyName: string | null;
}

const action: AuditAction = "identity refuse";

/** Returns who was refused to join, newest first. */
export async function listRefusedJoinings(
  db: Kysely<Tables>,
  { limit }: { readonly limit: number },
): Promise<readonly RefusalRow[]> {
  // The index of words gives the newest first; the log itself may be years long.
  const found = sql<boolean>`seq IN (${rowsHolding("audit_search", action)} ORDER BY rowid DESC LIMIT ${limit})`;
  const rows = await db
    .selectFrom("audit")
    .leftJoin("enrol_key", "enrol_key.id", "audit.subject")
    .select([
      "audit.seq",
      "audit.at",
      "audit.subject as key",
      "enrol_key.name as keyName",
      "audit.body",
    ])
    .where("action", "=", action)
    .where(found)
    .orderBy("seq", "desc")
    .execute();
  return rows.map(({ body, ...row }) => ({
    ...row,
    ...(JSON.parse(body) as Pick<KeptRefusal, "error" | "hostname" | "remoteAddress" | "leftOut">),
  }));
}
