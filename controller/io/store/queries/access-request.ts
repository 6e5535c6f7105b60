/** Requests for time-boxed access. */
import type { Kysely } from "kysely";
import type { AccessRequest } from "../../../core/elevation/access-request.ts";
import type { Tables } from "../tables.ts";

const rowsMax = 200;

/** Returns the newest requests, whatever became of them. */
export async function listRequests(db: Kysely<Tables>): Promise<readonly AccessRequest[]> {
  const rows = await db
    .selectFrom("access_request")
    .select("body")
    .orderBy("id", "desc")
    .limit(rowsMax)
    .execute();
  return rows.map((row) => JSON.parse(row.body) as AccessRequest);
}

/** Returns what waits for an answer or counts now. */
export async function openRequests(
  db: Kysely<Tables>,
  nowAt: number,
): Promise<readonly AccessRequest[]> {
  const rows = await db
    .selectFrom("access_request")
    .select("body")
    .where("status", "in", ["pending", "approved"])
    .where((eb) => eb.or([eb("until_at", "is", null), eb("until_at", ">", nowAt)]))
    .execute();
  return rows.map((row) => JSON.parse(row.body) as AccessRequest);
}
