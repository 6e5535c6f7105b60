/** The audit log for people. */
import { type Kysely, sql } from "kysely";
import type { Tables } from "../tables.ts";
import { containing } from "./list.ts";

/** Which entries; `after` is the number of a newer one. */
export interface AuditSearch {
  readonly after?: number | undefined;
  readonly limit: number;
  readonly search?: string | undefined;
}

/** One entry; `body` is its JSON. */
export interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly body: string;
}

/** Returns entries, newest first. */
export function listAudit(db: Kysely<Tables>, search: AuditSearch): Promise<readonly AuditRow[]> {
  let query = db.selectFrom("audit").selectAll().orderBy("seq", "desc").limit(search.limit);
  if (search.after !== undefined) query = query.where("seq", "<", search.after);
  if (search.search !== undefined) {
    const pattern = containing(search.search);
    query = query.where(
      sql<boolean>`(actor || ' ' || action || ' ' || subject) LIKE ${pattern} ESCAPE '\\'`,
    );
  }
  return query.execute();
}
