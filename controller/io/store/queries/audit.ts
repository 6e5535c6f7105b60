/** The audit log for people. */
import { type Kysely, sql } from "kysely";
import type { Tables } from "../tables.ts";
import { isIndexed, rowsHolding } from "./list.ts";

const unindexedRowsMax = 20_000;
/** So many things of one name are looked up. */
const idsMax = 8;

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
  /** What the subject is called now; null where it has no name, or is gone. */
  readonly subjectName: string | null;
  readonly body: string;
}

/** What an id of the log may belong to; the name is asked of each by its key. */
const named = [
  "device",
  "gateway",
  "resource",
  "site",
  "user_",
  "group_",
  "admin",
  "enrol_key",
  "api_token",
] as const;

const subjectName = sql<string | null>`coalesce(${sql.join(
  named.map((table) => sql`(SELECT name FROM ${sql.table(table)} WHERE id = audit.subject)`),
)})`;

/** Returns entries, newest first; a name also finds the entries that know its id alone. */
export async function listAudit(
  db: Kysely<Tables>,
  search: AuditSearch,
): Promise<readonly AuditRow[]> {
  const { after = Number.MAX_SAFE_INTEGER, limit, search: text } = search;
  let query = db
    .selectFrom("audit")
    .selectAll()
    .select(subjectName.as("subjectName"))
    .orderBy("seq", "desc")
    .limit(limit);
  query = query.where("seq", "<", after);
  if (text === undefined) return query.execute();
  const words = [text, ...(await idsNamed(db, text))];
  // The index gives the newest first, so that one page is all that is ever found.
  const found = words.map(
    (word) => sql`seq IN (${rowsHolding("audit_search", word)} AND rowid < ${after} ${nearest(word)}
      ORDER BY rowid DESC LIMIT ${limit})`,
  );
  return query.where(sql<boolean>`(${sql.join(found, sql` OR `)})`).execute();
}

async function idsNamed(db: Kysely<Tables>, name: string): Promise<readonly string[]> {
  const each = named.map((table) => sql`SELECT id FROM ${sql.table(table)} WHERE name = ${name}`);
  const all = sql<{ id: string }>`${sql.join(each, sql` UNION ALL `)} LIMIT ${idsMax}`;
  return (await all.execute(db)).rows.map(({ id }) => id);
}

/** What the index does not know is looked for among the newest alone: the log may be years long. */
function nearest(text: string) {
  if (isIndexed(text)) return sql``;
  return sql`AND rowid > (SELECT max(seq) FROM audit) - ${unindexedRowsMax}`;
}
