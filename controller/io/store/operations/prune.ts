/** Deletes what is past its retention, in small steps so that nothing else waits long. */
import { makeId } from "#shared/base/id.ts";
import type { Operation } from "./operation.ts";
import { writeAudit } from "./audit-trail.ts";

/** Tables that grow for ever; the newest facts and the ledgers are not among them. */
export const prunedTables = [
  "event",
  "decision",
  "decision_input",
  "grant_",
  "certificate",
  "audit",
] as const;

/** A table that grows for ever. */
export type PrunedTable = (typeof prunedTables)[number];

/** One step: at most `limit` rows that ended before `before`. */
export interface PruneStep {
  readonly table: PrunedTable;
  readonly before: number;
  readonly limit: number;
}

/** Deletes one step's rows; returns how many there were. */
export const pruneRows: Operation<PruneStep, number> = async (db, { table, before, limit }) => {
  switch (table) {
    case "event": {
      const old = db.selectFrom("event").where("received_at", "<", before).limit(limit);
      const rows = await old.select(["device", "epoch", "seq"]).execute();
      for (const { device, epoch, seq } of rows) {
        await db
          .deleteFrom("event")
          .where("device", "=", device)
          .where("epoch", "=", epoch)
          .where("seq", "=", seq)
          .execute();
      }
      return rows.length;
    }
    case "decision": {
      // Ids are ordered by time, so the primary key finds the old ones without another index.
      const edge = makeId("dec", before, new Uint8Array(10));
      const old = db.selectFrom("decision").select("id").where("id", "<", edge).limit(limit);
      return deleted(await db.deleteFrom("decision").where("id", "in", old).execute());
    }
    case "decision_input": {
      const old = db.selectFrom("decision_input").select("hash").where("at", "<", before);
      const step = old.limit(limit);
      return deleted(await db.deleteFrom("decision_input").where("hash", "in", step).execute());
    }
    case "grant_": {
      const old = db.selectFrom("grant_").select("jti").where("expires_at", "<", before);
      const step = old.limit(limit);
      return deleted(await db.deleteFrom("grant_").where("jti", "in", step).execute());
    }
    case "certificate": {
      const old = db.selectFrom("certificate").select("serial");
      const step = old.where("not_after_at", "<", before).limit(limit);
      return deleted(await db.deleteFrom("certificate").where("serial", "in", step).execute());
    }
    case "audit": {
      const old = db.selectFrom("audit").select("seq").where("at", "<", before).limit(limit);
      return deleted(await db.deleteFrom("audit").where("seq", "in", old).execute());
    }
  }
};

/** What a whole run deleted. */
export interface PruneSummary {
  readonly at: number;
  readonly rows: Readonly<Record<string, number>>;
}

/** Says in the audit log that something was deleted, and how much. */
export const auditPrune: Operation<PruneSummary, void> = (db, { at, rows }) =>
  writeAudit(db, {
    at,
    actor: "retention",
    action: "retention prune",
    subject: "store",
    body: { rows },
  });

function deleted(results: readonly { readonly numDeletedRows: bigint }[]): number {
  return results.reduce((sum, result) => sum + Number(result.numDeletedRows), 0);
}
