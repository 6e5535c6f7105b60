/** What the watch over shadows and policies found, and what people say of it. */
import type { Kysely } from "kysely";
import type { PolicyRecord } from "../../../core/record.ts";
import type { DifferenceRow, WatchRows } from "../../../core/row.ts";
import { setTrial } from "../../../core/watch/trial-name.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { keepPolicySet } from "./policy-change.ts";

/** Replaces the rows of the same names; what was accepted stays accepted. */
export async function keepWatch(db: Kysely<Tables>, rows: WatchRows): Promise<void> {
  for (const { policy, sinceAt, matchedAt, decisiveAt, matched, decisive } of rows.uses) {
    const times = { since_at: sinceAt, matched_at: matchedAt, decisive_at: decisiveAt };
    const use = { ...times, matched, decisive };
    await db
      .insertInto("policy_use")
      .values({ policy, ...use })
      .onConflict((conflict) => conflict.column("policy").doUpdateSet(use))
      .execute();
  }
  for (const { trial, startedAt, decisions } of rows.trials) {
    await db
      .insertInto("policy_trial")
      .values({ trial, started_at: startedAt, decisions })
      .onConflict((conflict) => conflict.column("trial").doUpdateSet({ decisions }))
      .execute();
  }
  for (const row of rows.differences) {
    const body = JSON.stringify(row);
    const { trial, cause } = row;
    await db
      .insertInto("policy_difference")
      .values({ trial, cause, body })
      .onConflict((conflict) => conflict.columns(["trial", "cause"]).doUpdateSet({ body }))
      .execute();
  }
}

/** A set to watch; it replaces the one that was watched. */
export interface ShadowStart {
  readonly policy: PolicyRecord;
  readonly files: string;
  readonly author: string;
  readonly reason: string;
  readonly audit: AuditEntry;
}

/** Starts to watch a set; the same set goes on from where it was. Returns since when it is watched. */
export const startShadow: Operation<ShadowStart, number> = async (db, start) => {
  const { policy, author, reason, audit } = start;
  await keepPolicySet(db, start);
  const held = await db
    .selectFrom("policy_shadow")
    .select(["version", "started_at"])
    .executeTakeFirst();
  if (held?.version === policy.version) return held.started_at;
  const row = { version: policy.version, started_at: audit.at, started_by: author, reason };
  await db
    .insertInto("policy_shadow")
    .values({ slot: 1, ...row })
    .onConflict((conflict) => conflict.column("slot").doUpdateSet(row))
    .execute();
  await forgetOtherSets(db, policy.version);
  const versions = { before: held?.version ?? null, after: policy.version };
  await writeAudit(db, { ...audit, subject: policy.version, body: { ...versions, reason } });
  return audit.at;
};

/** What was found about a set that nobody watches any more helps nobody. */
async function forgetOtherSets(db: Kysely<Tables>, version: string): Promise<void> {
  for (const table of ["policy_trial", "policy_difference"] as const) {
    await db
      .deleteFrom(table)
      .where("trial", "like", setTrial("%"))
      .where("trial", "!=", setTrial(version))
      .execute();
  }
}

/** Stops watching; tells whether there was a shadow. */
export const stopShadow: Operation<AuditEntry, boolean> = async (db, audit) => {
  const stopped = await db.deleteFrom("policy_shadow").returning("version").executeTakeFirst();
  if (stopped === undefined) return false;
  const body = { before: stopped.version, after: null };
  await writeAudit(db, { ...audit, subject: stopped.version, body });
  return true;
};

/** A person explains a difference. */
export interface DifferenceAcceptance {
  readonly row: DifferenceRow;
  readonly reason: string;
  readonly audit: AuditEntry;
}

/** Keeps the explanation, with the difference where the watch has not kept it yet. */
export const acceptDifference: Operation<DifferenceAcceptance, null> = async (db, acceptance) => {
  const { row, reason, audit } = acceptance;
  const { trial, cause } = row;
  await keepWatch(db, { uses: [], trials: [], differences: [row] });
  await db
    .updateTable("policy_difference")
    .set({ accepted_by: audit.actor, accepted_reason: reason, accepted_at: audit.at })
    .where("trial", "=", trial)
    .where("cause", "=", cause)
    .execute();
  await writeAudit(db, { ...audit, subject: trial, body: { after: { cause, reason } } });
  return null;
};
