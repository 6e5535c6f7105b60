/** Writes what the core asks for; one list is all or nothing. */
import type { Kysely } from "kysely";
import { sightingsKeptMs } from "../../../core/risk/risk.ts";
import type { EventConflict, EventRow, StoreWrite, WriteResult } from "../../../core/row.ts";
import type { Tables } from "../tables.ts";
import { keepBreakGlassOpening } from "./break-glass.ts";
import { putRequest } from "./access-request.ts";
import { writeAudit } from "./audit-trail.ts";
import { leaveIdentity } from "./identity.ts";
import type { Operation } from "./operation.ts";
import { endUserSession } from "./user-session.ts";
import { keepRollOutStep } from "./policy-change.ts";
import { keepWatch } from "./policy-watch.ts";

/** Writes the list; an event that stands with another digest is left as it is and reported. */
export const writeRows: Operation<readonly StoreWrite[], WriteResult> = async (db, writes) => {
  const conflicts: EventConflict[] = [];
  for (const write of writes) {
    if (write.kind === "event") {
      if (!(await insertEvent(db, write.row))) {
        const { device, epoch, seq } = write.row;
        conflicts.push({ device, epoch, seq });
      }
    } else {
      await writeOne(db, write);
    }
  }
  return { conflicts };
};

type OtherWrite = Exclude<StoreWrite, { kind: "event" }>;

async function writeOne(db: Kysely<Tables>, write: OtherWrite): Promise<void> {
  switch (write.kind) {
    case "fact":
      return putFact(db, write);
    case "decision":
      return insertDecision(db, write);
    case "decisionSource":
      return insertSource(db, write);
    case "grant":
      return insertGrant(db, write);
    case "grantEnd":
      await db
        .updateTable("grant_")
        .set({ ended_at: write.at, ended_because: write.because })
        .where("jti", "=", write.jti)
        .where("ended_at", "is", null)
        .execute();
      return;
    case "accessRequest": {
      const { request, actor, action } = write;
      const at = request.status === "ended" ? (request.untilAt ?? request.at) : request.at;
      return putRequest(db, request, { at, actor, action, subject: request.id, body: {} });
    }
    case "breakGlassOpened":
      return keepBreakGlassOpening(db, write);
    case "riskSighting":
      return insertSighting(db, write);
    case "riskBaseline":
      return keepBaseline(db, write);
    case "watch":
      return keepWatch(db, write.rows);
    case "rollOutStep":
      return keepRollOutStep(db, write);
    case "inventory":
      return keepInventory(db, write);
    case "userSessionEnd":
      return endUserSession(db, write);
    case "identityLeft":
      return leaveIdentity(db, write);
    case "seen":
      return keepSeen(db, write);
    case "audit": {
      const { at, actor, action, subject, detail } = write;
      return writeAudit(db, { at, actor, action, subject, body: detail });
    }
  }
}

type WriteOf<K extends StoreWrite["kind"]> = Extract<StoreWrite, { kind: K }>;

async function insertEvent(db: Kysely<Tables>, row: EventRow): Promise<boolean> {
  const { device, epoch, seq, digest } = row;
  const inserted = await db
    .insertInto("event")
    .values({
      device,
      epoch,
      seq,
      digest,
      received_at: row.receivedAt,
      body: JSON.stringify(row.event),
      signature: row.signature,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) {
    const held = await db
      .selectFrom("event")
      .select("digest")
      .where("device", "=", device)
      .where("epoch", "=", epoch)
      .where("seq", "=", seq)
      .executeTakeFirstOrThrow();
    return held.digest === digest;
  }
  await advanceLedger(db, row);
  return true;
}

/** A gap record stands for the events it names, so the ledger goes on behind it. */
async function advanceLedger(db: Kysely<Tables>, row: EventRow): Promise<void> {
  const { device, epoch, seq, digest } = row;
  const first = Math.min(row.event.gap?.from ?? seq, seq);
  await db
    .insertInto("ledger")
    .values({ device, epoch, seq, digest, received_at: row.receivedAt })
    .onConflict((conflict) =>
      conflict
        .columns(["device", "epoch"])
        .doUpdateSet({ seq, digest, received_at: row.receivedAt })
        .where("ledger.seq", ">=", first - 1)
        .where("ledger.seq", "<", seq),
    )
    .execute();
}

async function putFact(db: Kysely<Tables>, write: WriteOf<"fact">): Promise<void> {
  const values = { until_at: write.held.untilAt, body: JSON.stringify(write.held) };
  await db
    .insertInto("fact")
    .values({ device: write.device, signal: write.held.fact.signal, ...values })
    .onConflict((conflict) => conflict.columns(["device", "signal"]).doUpdateSet(values))
    .execute();
}

async function insertDecision(db: Kysely<Tables>, write: WriteOf<"decision">): Promise<void> {
  const { id, reference, at, device, resource, effect } = write.decision;
  await db
    .insertInto("decision")
    .values({ id, reference, at, device, resource, effect, body: JSON.stringify(write.decision) })
    .execute();
}

async function insertSource(db: Kysely<Tables>, write: WriteOf<"decisionSource">): Promise<void> {
  const { hash, at } = write.source;
  await db
    .insertInto("decision_input")
    .values({ hash, at, body: JSON.stringify(write.source) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Sightings are few and fade within weeks, so each new one takes the old ones along. */
async function insertSighting(db: Kysely<Tables>, write: WriteOf<"riskSighting">): Promise<void> {
  const { kind, at, ...more } = write.sighting;
  await db
    .deleteFrom("risk_sighting")
    .where("at", "<", at - sightingsKeptMs)
    .execute();
  await db
    .insertInto("risk_sighting")
    .values({ device: write.device, at, kind, body: JSON.stringify(more) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function keepBaseline(db: Kysely<Tables>, write: WriteOf<"riskBaseline">): Promise<void> {
  const body = JSON.stringify(write.baseline);
  await db
    .insertInto("risk_baseline")
    .values({ device: write.device, body })
    .onConflict((conflict) => conflict.column("device").doUpdateSet({ body }))
    .execute();
}

async function insertGrant(db: Kysely<Tables>, write: WriteOf<"grant">): Promise<void> {
  const { device, gateway, claims } = write.row;
  await db
    .insertInto("grant_")
    .values({
      jti: claims.jti,
      device,
      gateway,
      decision: claims.dec,
      issued_at: claims.iat * 1000,
      expires_at: claims.exp * 1000,
      ended_at: null,
      ended_because: null,
      body: JSON.stringify(claims),
    })
    .execute();
}

async function keepSeen(db: Kysely<Tables>, { identity, at }: WriteOf<"seen">): Promise<void> {
  const table = identity.startsWith("gw_") ? "gateway" : "device";
  await db.updateTable(table).set({ last_seen_at: at }).where("id", "=", identity).execute();
}

async function keepInventory(db: Kysely<Tables>, write: WriteOf<"inventory">): Promise<void> {
  const values = { received_at: write.at, body: JSON.stringify(write.items) };
  await db
    .insertInto("inventory")
    .values({ identity: write.identity, ...values })
    .onConflict((conflict) => conflict.column("identity").doUpdateSet(values))
    .execute();
}
