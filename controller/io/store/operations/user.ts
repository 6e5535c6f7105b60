/** Steps of a person's life: what takes away also ends every sign-in. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { UserRecord } from "../../../core/person/user-record.ts";
import { readUsers } from "../queries/person.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** What is done with a person. */
export type UserStep = "activate" | "deactivate" | "sign-out";

/** Takes the step of the person of `audit.subject`; throws SP-702. */
export const stepUser: Operation<
  { readonly step: UserStep; readonly audit: AuditEntry },
  { readonly user: UserRecord; readonly devices: readonly string[] }
> = async (db, { step, audit }) => {
  const id = audit.subject;
  const [before] = await readUsers(db, { ids: [id] });
  if (before === undefined) throw new CodedError("SP-702", { what: "user", name: id });
  const devices = step === "activate" ? [] : await endSignIns(db, id, audit.at);
  if (step !== "sign-out") {
    const [active, kept_out] = step === "activate" ? [1, 0] : [0, 1];
    await db
      .updateTable("user_")
      .set((eb) => ({ active, kept_out, revision: eb("revision", "+", 1) }))
      .where("id", "=", id)
      .execute();
  }
  const user = { ...before, active: step === "sign-out" ? before.active : step === "activate" };
  const shown = ({ name, active }: UserRecord) => ({ name, active });
  const body = { before: shown(before), after: shown(user), signedOutOn: devices };
  await writeAudit(db, { ...audit, body });
  return { user, devices };
};

/** Ends what a person is signed in to, the console included; returns the devices. */
export async function endSignIns(
  db: Kysely<Tables>,
  user: string,
  at: number,
): Promise<readonly string[]> {
  await db.deleteFrom("admin_session").where("user", "=", user).execute();
  const ended = await db
    .updateTable("user_session")
    .set({ ended_at: at })
    .where("user", "=", user)
    .where("ended_at", "is", null)
    .returning("device")
    .execute();
  return ended.map(({ device }) => device);
}
