/** Answers that are given again to who asks the same again; sealed, since some hold a secret. */
import type { Kysely } from "kysely";
import type { Tables } from "../tables.ts";
import type { Operation } from "./operation.ts";
import { dayMs } from "#shared/base/time-span.ts";

const keptMs = dayMs;

/** One answer, by its administrator and the key that came with the request. */
export interface KeptAnswer {
  readonly admin: string;
  readonly key: string;
  readonly requestHash: string;
  readonly at: number;
  readonly status: number;
  readonly sealed: Uint8Array;
}

/** Keeps an answer for a day; those that are older are forgotten. */
export const keepAnswer: Operation<KeptAnswer, void> = async (db, answer) => {
  const { admin, key, requestHash: request_hash, at, status, sealed } = answer;
  await db
    .deleteFrom("kept_answer")
    .where("at", "<", at - keptMs)
    .execute();
  await db
    .insertInto("kept_answer")
    .values({ admin, key, request_hash, at, status, sealed })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

/** Returns the answer of a key, or null where there is none of the last day. */
export async function findAnswer(
  db: Kysely<Tables>,
  search: { readonly admin: string; readonly key: string; readonly nowAt: number },
): Promise<KeptAnswer | null> {
  const row = await db
    .selectFrom("kept_answer")
    .selectAll()
    .where("admin", "=", search.admin)
    .where("key", "=", search.key)
    .where("at", ">=", search.nowAt - keptMs)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { request_hash: requestHash, ...kept } = row;
  return { ...kept, requestHash };
}
