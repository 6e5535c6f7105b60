/** Sets how people sign in by an identity provider; who came in by the former rules must come again. */
import { readSignIn, shownSignIn, type StoredSignIn } from "../../sign-in/sign-in-settings.ts";
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import { findChangeRules } from "../change-rules.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { putSetting } from "./setup.ts";

/** New settings. */
export interface SignInChange {
  readonly value: StoredSignIn;
  readonly audit: AuditEntry;
}

/** Puts the settings in force and ends the sessions of persons: their roles came of the former ones. */
export const applySignIn: Operation<SignInChange, void> = async (db, { value, audit }) => {
  await refuseOverApprovers(db);
  const row = await db
    .selectFrom("setting")
    .select("body")
    .where("key", "=", "signIn")
    .executeTakeFirst();
  const held = readSignIn({ signIn: row === undefined ? null : (JSON.parse(row.body) as unknown) });
  await putSetting(db, { key: "signIn", value });
  await db.deleteFrom("admin_session").where("user", "is not", null).execute();
  const before = held === null ? null : shownSignIn(held);
  await writeAudit(db, { ...audit, body: { before, after: shownSignIn(value) } });
};

/** Who says what the provider is, says who its people are: also those who approve changes. */
async function refuseOverApprovers(db: Kysely<Tables>): Promise<void> {
  const { secondApprover, approvers, authors = [] } = await findChangeRules(db);
  if (!secondApprover) return;
  if (approvers !== undefined && [...approvers, ...authors].every(({ by }) => by !== "provider")) {
    return;
  }
  const why =
    "approvers of policy changes sign in by the provider; switch the second approver off first, which two of them agree to";
  throw new CodedError("SP-705", { why });
}
