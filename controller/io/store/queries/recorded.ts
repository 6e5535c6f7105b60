import type { RecordedFact } from "#shared/policy/analysis/past-inputs.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { StoreReader } from "../store-reader.ts";

/** Returns all facts that a device reported and the store still has, in order of time. */
export async function recordedFacts(
  db: StoreReader,
  device: string,
): Promise<readonly RecordedFact[]> {
  const rows = await db
    .selectFrom("event")
    .select(["received_at", "body"])
    .where("device", "=", device)
    .orderBy("received_at")
    .orderBy("seq")
    .execute();
  return rows.flatMap(({ received_at: at, body }) => {
    const { fact } = JSON.parse(body) as PostureEvent;
    return fact === null ? [] : [{ at, signal: fact.signal, reading: fact.reading }];
  });
}
