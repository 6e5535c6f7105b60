/** What a device said, as it was signed, and the certificates of its keys. */
import { type Kysely, sql } from "kysely";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { Tables } from "../tables.ts";

/** One event with the signature of the batch that it ended, where it ended one. */
export interface SignedEvent {
  readonly epoch: string;
  readonly seq: number;
  readonly receivedAt: number;
  readonly signature: string | null;
  readonly event: PostureEvent;
}

/** Which events; `after` names the last one of the page before. */
export interface ProofSearch {
  readonly device: string;
  readonly after?: readonly [epoch: string, seq: number] | undefined;
  readonly limit: number;
}

/** Returns what a device reported, by epoch and number. */
export async function listSignedEvents(
  db: Kysely<Tables>,
  { device, after, limit }: ProofSearch,
): Promise<readonly SignedEvent[]> {
  let query = db
    .selectFrom("event")
    .select(["epoch", "seq", "received_at", "signature", "body"])
    .where("device", "=", device)
    .orderBy("epoch")
    .orderBy("seq")
    .limit(limit);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(epoch, seq) > (${after[0]}, ${after[1]})`);
  }
  const rows = await query.execute();
  return rows.map(({ epoch, seq, received_at: receivedAt, signature, body }) => ({
    epoch,
    seq,
    receivedAt,
    signature,
    event: JSON.parse(body) as PostureEvent,
  }));
}

/** Returns the certificates that a device was given, oldest first, as PEM; they name it by a URI. */
export async function listCertificates(
  db: Kysely<Tables>,
  device: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("certificate")
    .select(["identity", "pem"])
    .where("identity", "like", `%${device}`)
    .orderBy("created_at")
    .execute();
  return rows.flatMap(({ identity, pem }) => (identity.split("/").at(-1) === device ? [pem] : []));
}
