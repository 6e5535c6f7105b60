/** Gives tunnel addresses: sticky per holder, a freed one rests 24 h before it is given again. */
import type { Kysely } from "kysely";
import type { HostRange } from "../address-plan.ts";
import type { Tables } from "../tables.ts";
import { dayMs } from "#shared/base/time-span.ts";

const restMs = dayMs;

/** Returns a host number for a new holder, or null when the range is used up. */
export async function takeHost(
  db: Kysely<Tables>,
  request: { readonly holder: string; readonly range: HostRange; readonly nowAt: number },
): Promise<number | null> {
  const { holder, range, nowAt } = request;
  const inRange = db
    .selectFrom("address")
    .where("host", ">=", range.first)
    .where("host", "<=", range.last);
  // A never used number goes before a rested one, so that reuse is as late as it can be.
  const top = await inRange.select((eb) => eb.fn.max("host").as("host")).executeTakeFirst();
  const next = (top?.host ?? range.first - 1) + 1;
  if (next <= range.last) {
    await db.insertInto("address").values({ host: next, holder, freed_at: null }).execute();
    return next;
  }
  const rested = await inRange
    .select("host")
    .where("freed_at", "<=", nowAt - restMs)
    .orderBy("freed_at")
    .limit(1)
    .executeTakeFirst();
  if (rested === undefined) return null;
  await db
    .updateTable("address")
    .set({ holder, freed_at: null })
    .where("host", "=", rested.host)
    .execute();
  return rested.host;
}

/** Lets the holder's address rest; it is given to another not before 24 h. */
export async function freeHost(db: Kysely<Tables>, holder: string, nowAt: number): Promise<void> {
  await db
    .updateTable("address")
    .set({ freed_at: nowAt })
    .where("holder", "=", holder)
    .where("freed_at", "is", null)
    .execute();
}
