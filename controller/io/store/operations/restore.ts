/**
 * What a restored store still says, but cannot know any more. Whoever was shut out after the backup
 * was made stands in it as before: so all are held, and nobody's word counts, until somebody looked.
 */
import { type Kysely, sql } from "kysely";
import { end } from "../../../core/elevation/access-request.ts";
import { changeRulesKey } from "../change-rules.ts";
import { openRequests } from "../queries/access-request.ts";
import type { Tables } from "../tables.ts";
import { putRequest } from "./access-request.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { putSetting } from "./setup.ts";
import { insertToken, type NewToken } from "./token.ts";

/** A restore; `hold` is false only where nobody was shut out since the backup was made. */
export interface Restoration {
  readonly epoch: string;
  readonly hold: boolean;
  /** Takes the place of the token of `init`, whose text no backup holds. */
  readonly token: NewToken;
  readonly audit: AuditEntry;
}

/** How many of each were held or ended. */
export type HeldCounts = Readonly<
  Record<
    "devices" | "gateways" | "enrolKeys" | "tokens" | "passkeys" | "signIns" | "requests",
    number
  >
>;

const nothingHeld: HeldCounts = {
  devices: 0,
  gateways: 0,
  enrolKeys: 0,
  tokens: 0,
  passkeys: 0,
  signIns: 0,
  requests: 0,
};

/** Makes the store one that may be served. */
export const restoreStore: Operation<Restoration, HeldCounts> = async (db, restoration) => {
  const { epoch, hold, token, audit } = restoration;
  await putSetting(db, { key: "epoch", value: epoch });
  await forgetMoment(db, audit.at);
  const held = hold ? await holdAll(db, audit) : nothingHeld;
  await db
    .updateTable("api_token")
    .set({ revoked_at: audit.at })
    .where("name", "=", token.name)
    .where("revoked_at", "is", null)
    .execute();
  await insertToken(db, token, audit);
  await writeAudit(db, { ...audit, body: { ...audit.body, hold, ...held } });
  return held;
};

/** What was true for minutes: accesses, facts, links that count once, versions that others have passed. */
async function forgetMoment(db: Kysely<Tables>, at: number): Promise<void> {
  await db
    .updateTable("grant_")
    .set({ ended_at: at, ended_because: "restore" })
    .where("ended_at", "is", null)
    .where("expires_at", ">", at)
    .execute();
  for (const table of ["fact", "sign_in_link", "set_up_link", "admin_session"] as const) {
    await db.deleteFrom(table).execute();
  }
  // Known by no content, each trust set is made anew with a version of today: this one may be passed.
  await db.updateTable("trust").set({ content_hash: "" }).execute();
}

async function holdAll(db: Kysely<Tables>, audit: AuditEntry): Promise<HeldCounts> {
  const { at } = audit;
  const devices = await quarantineAll(db, "device");
  const gateways = await quarantineAll(db, "gateway");
  const revoked = { revoked_at: at };
  const keys = db.updateTable("enrol_key").set(revoked).where("revoked_at", "is", null);
  const tokens = db.updateTable("api_token").set(revoked).where("revoked_at", "is", null);
  const signIns = db
    .updateTable("user_session")
    .set({ ended_at: at })
    .where("ended_at", "is", null);
  // The list of who may approve names tokens and passkeys that are gone now: nobody could ever answer.
  await db.deleteFrom("setting").where("key", "in", ["breakGlassKeys", changeRulesKey]).execute();
  return {
    devices,
    gateways,
    enrolKeys: Number((await keys.executeTakeFirst()).numUpdatedRows),
    tokens: Number((await tokens.executeTakeFirst()).numUpdatedRows),
    passkeys: Number((await db.deleteFrom("passkey").executeTakeFirst()).numDeletedRows),
    signIns: Number((await signIns.executeTakeFirst()).numUpdatedRows),
    requests: await endRequests(db, audit),
  };
}

/** A release leads back to what each was. */
async function quarantineAll(db: Kysely<Tables>, role: "device" | "gateway"): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable(role)
    .set((eb) => ({
      body: sql<string>`json_set(body, '$.heldStatus', status)`,
      status: "quarantined",
      revision: eb("revision", "+", 1),
    }))
    .where("status", "in", ["active", "unattested"])
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

async function endRequests(db: Kysely<Tables>, audit: AuditEntry): Promise<number> {
  const open = await openRequests(db, audit.at);
  for (const request of open) {
    const ended = end(request, "the controller was restored", audit.at);
    if (ended.kind === "refused") continue;
    await putRequest(db, ended.request, { ...audit, action: "request end" });
  }
  return open.length;
}
