/** Policy sets, their changes and what the watch found. */
import type { Kysely, Selectable } from "kysely";
import type { PolicyRecord, RollOutRecord, ShadowRecord } from "../../../core/record.ts";
import type { DifferenceRow, WatchRows } from "../../../core/row.ts";
import type { PolicyChangeTable, Tables } from "../tables.ts";

const changesMax = 200;

/** A change as the history shows it. */
export type PolicyChangeRow = Selectable<PolicyChangeTable>;

/** Returns changes, newest first. */
export function listChanges(db: Kysely<Tables>): Promise<readonly PolicyChangeRow[]> {
  return db
    .selectFrom("policy_change")
    .selectAll()
    .orderBy("id", "desc")
    .limit(changesMax)
    .execute();
}

/** Returns the change that is under way, or null. */
export async function findOpenChange(db: Kysely<Tables>): Promise<PolicyChangeRow | null> {
  const row = await db
    .selectFrom("policy_change")
    .selectAll()
    .where("status", "in", ["waiting", "rolling", "halted"])
    .executeTakeFirst();
  return row ?? null;
}

/** Tells whether a set was in force once: only such a one was agreed to. */
export async function wasInForce(db: Kysely<Tables>, version: string): Promise<boolean> {
  const row = await db
    .selectFrom("policy_change")
    .select("id")
    .where((eb) =>
      eb.or([
        eb("former", "=", version),
        eb.and([eb("version", "=", version), eb("status", "=", "done")]),
      ]),
    )
    .executeTakeFirst();
  return row !== undefined;
}

/** Returns the set that the one in force replaced, or null. */
export async function findUndone(db: Kysely<Tables>, active: string): Promise<string | null> {
  const row = await db
    .selectFrom("policy_change")
    .select("former")
    .where("version", "=", active)
    .where("status", "=", "done")
    .orderBy("id", "desc")
    .executeTakeFirst();
  return row?.former ?? null;
}

/** A set as it was kept, with its files as JSON. */
export interface KeptPolicySet extends PolicyRecord {
  readonly files: string;
}

/** Returns the set whose version begins so; null where none or several do. */
export async function findPolicySet(
  db: Kysely<Tables>,
  prefix: string,
): Promise<KeptPolicySet | null> {
  const rows = await db
    .selectFrom("policy_set")
    .select(["version", "body", "files"])
    .where("version", "like", `${prefix}%`)
    .limit(2)
    .execute();
  return rows.length === 1 ? (rows[0] ?? null) : null;
}

/** Returns the roll-out that is under way. */
export async function readRollOut(db: Kysely<Tables>): Promise<RollOutRecord | null> {
  const row = await db
    .selectFrom("policy_change")
    .innerJoin("policy_set", "policy_set.version", "policy_change.version")
    .selectAll("policy_change")
    .select("policy_set.body as documents")
    .where("status", "in", ["rolling", "halted"])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { announcedPercent, ringOpen } = JSON.parse(row.body) as Partial<RollOutRecord>;
  return {
    change: row.id,
    policy: { version: row.version, body: row.documents },
    status: row.status === "halted" ? "halted" : "rolling",
    ring: row.ring,
    sinceAt: row.ring_since_at,
    announcedPercent: announcedPercent ?? [],
    ringOpen,
  };
}

/** A shadow with who started it and why. */
export interface ShadowView extends ShadowRecord {
  readonly startedBy: string;
  readonly reason: string;
}

/** Returns the set that is watched. */
export async function readShadow(db: Kysely<Tables>): Promise<ShadowView | null> {
  const row = await db
    .selectFrom("policy_shadow")
    .innerJoin("policy_set", "policy_set.version", "policy_shadow.version")
    .select(["policy_set.version", "policy_set.body", "started_at", "started_by", "reason"])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { version, body, reason } = row;
  const policy = { version, body };
  return { policy, startedAt: row.started_at, startedBy: row.started_by, reason };
}

/** Returns all that the watch has kept. */
export async function readWatch(db: Kysely<Tables>): Promise<WatchRows> {
  const uses = await db.selectFrom("policy_use").selectAll().execute();
  const trials = await db.selectFrom("policy_trial").selectAll().execute();
  const differences = await db.selectFrom("policy_difference").select("body").execute();
  return {
    uses: uses.map(({ policy, since_at, matched_at, decisive_at, matched, decisive }) => ({
      policy,
      sinceAt: since_at,
      matchedAt: matched_at,
      decisiveAt: decisive_at,
      matched,
      decisive,
    })),
    trials: trials.map(({ trial, started_at, decisions }) => ({
      trial,
      startedAt: started_at,
      decisions,
    })),
    differences: differences.map(({ body }) => JSON.parse(body) as DifferenceRow),
  };
}

/** A difference that somebody explained. */
export interface AcceptedDifference {
  readonly trial: string;
  readonly cause: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** Returns what was accepted. */
export async function listAccepted(db: Kysely<Tables>): Promise<readonly AcceptedDifference[]> {
  const rows = await db
    .selectFrom("policy_difference")
    .select(["trial", "cause", "accepted_by", "accepted_reason", "accepted_at"])
    .where("accepted_at", "is not", null)
    .execute();
  return rows.map(({ trial, cause, accepted_by, accepted_reason, accepted_at }) => ({
    trial,
    cause,
    by: accepted_by ?? "",
    reason: accepted_reason ?? "",
    at: accepted_at ?? 0,
  }));
}
