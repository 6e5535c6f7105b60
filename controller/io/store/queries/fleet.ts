/** Leases that gateways hold, and what devices reported, page by page. */
import { type Kysely, sql } from "kysely";
import type { GrantClaims } from "#shared/grant/claims.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { Tables } from "../tables.ts";

/** A lease; `resources` are what it opens, by id. */
export interface LiveGrant {
  readonly jti: string;
  readonly device: string;
  readonly gateway: string;
  readonly decision: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly claims: GrantClaims;
}

/** Which leases; `after` is the end and the id of the last one of the page before. */
export interface GrantSearch {
  readonly device?: string | undefined;
  readonly after?: readonly [expiresAt: number, jti: string] | undefined;
  readonly nowAt: number;
  readonly limit: number;
}

/** Returns leases that are neither over nor withdrawn, the one that ends first at the head. */
export async function listGrants(
  db: Kysely<Tables>,
  { device, after, nowAt, limit }: GrantSearch,
): Promise<readonly LiveGrant[]> {
  let query = db
    .selectFrom("grant_")
    .selectAll()
    .where("ended_at", "is", null)
    .where("expires_at", ">", nowAt)
    .orderBy("expires_at")
    .orderBy("jti")
    .limit(limit);
  if (device !== undefined) query = query.where("device", "=", device);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(expires_at, jti) > (${after[0]}, ${after[1]})`);
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    jti: row.jti,
    device: row.device,
    gateway: row.gateway,
    decision: row.decision,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    claims: JSON.parse(row.body) as GrantClaims,
  }));
}

/** A report as it came. */
export interface ReportedEvent {
  readonly epoch: string;
  readonly seq: number;
  readonly receivedAt: number;
  readonly event: PostureEvent;
}

/** Which reports; `after` is the time and the number of the last one of the page before. */
export interface EventSearch {
  readonly device: string;
  readonly after?: readonly [receivedAt: number, seq: number] | undefined;
  readonly limit: number;
}

/** Returns what a device reported, newest first. */
export async function listEvents(
  db: Kysely<Tables>,
  { device, after, limit }: EventSearch,
): Promise<readonly ReportedEvent[]> {
  let query = db
    .selectFrom("event")
    .select(["epoch", "seq", "received_at", "body"])
    .where("device", "=", device)
    .orderBy("received_at", "desc")
    .orderBy("seq", "desc")
    .limit(limit);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(received_at, seq) < (${after[0]}, ${after[1]})`);
  }
  const rows = await query.execute();
  return rows.map(({ epoch, seq, received_at: receivedAt, body }) => ({
    epoch,
    seq,
    receivedAt,
    event: JSON.parse(body) as PostureEvent,
  }));
}
