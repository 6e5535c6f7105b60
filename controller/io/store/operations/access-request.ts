/** Requests for time-boxed access: made, answered and ended, each with its audit entry. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import {
  type AccessRequest,
  approve,
  deny,
  end,
  type Standing,
  type StepResult,
} from "../../../core/elevation/access-request.ts";
import { listedNames, requireApprover } from "../change-rules.ts";
import { isSamePerson, type KeptPerson, personNames } from "../queries/people.ts";
import type { DeviceBody } from "../record.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";

/** Who answers a request, and how. */
export interface RequestStep {
  readonly id: string;
  readonly step: "approve" | "deny" | "end";
  readonly admin: { readonly id: string; readonly name: string };
  /** By what the administrator signed in. */
  readonly credential: string;
  readonly audit: AuditEntry;
}

/** Keeps a new request. */
export const makeRequest: Operation<
  { readonly request: AccessRequest; readonly audit: AuditEntry },
  void
> = async (db, { request, audit }) => {
  await putRequest(db, request, audit);
};

/** Takes a step; what the request does not allow is a conflict (SP-705). */
export const stepRequest: Operation<RequestStep, AccessRequest> = async (db, order) => {
  const row = await db
    .selectFrom("access_request")
    .select(["body", "people"])
    .where("id", "=", order.id)
    .executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "request", name: order.id });
  const request = JSON.parse(row.body) as AccessRequest;
  if (order.step !== "approve") return keepStep(db, order, stepped(request, order, {}));
  await requireApprover(db, order.credential);
  const people = JSON.parse(row.people) as KeptPeople;
  const { id } = order.admin;
  const approver = { words: [id], names: await listedNames(db, id) };
  const { at } = order.audit;
  const standing = await standingOf(db, request, { people, approver, at });
  const after = await keepStep(db, order, stepped(request, order, standing));
  const names = [...(await personNames(db, [id])), ...approver.names];
  const approvers = [...(people.approvers ?? []), ...names];
  await putPeople(db, request.id, { ...people, approvers });
  return after;
};

async function keepStep(
  db: Kysely<Tables>,
  { audit }: RequestStep,
  result: StepResult,
): Promise<AccessRequest> {
  if (result.kind === "refused") throw new CodedError("SP-705", { why: result.why });
  await putRequest(db, result.request, audit);
  return result.request;
}

/** Writes a request and who changed it. */
export async function putRequest(
  db: Kysely<Tables>,
  request: AccessRequest,
  audit: AuditEntry,
): Promise<void> {
  const { id, device, status, untilAt, at } = request;
  const values = { status, until_at: untilAt, body: JSON.stringify(request) };
  const former = await db
    .selectFrom("access_request")
    .select("body")
    .where("id", "=", id)
    .executeTakeFirst();
  const known = await db
    .updateTable("access_request")
    .set((eb) => ({ ...values, revision: eb("revision", "+", 1) }))
    .where("id", "=", id)
    .executeTakeFirst();
  if (known.numUpdatedRows === 0n) {
    const row = { id, device, created_at: at, ...values };
    await db.insertInto("access_request").values(row).execute();
    const asker = await personNames(db, [request.requestedBy]);
    const users = await personNames(db, await usersOf(db, device, at));
    await putPeople(db, id, { asker, users });
  }
  const before = former === undefined ? null : (JSON.parse(former.body) as AccessRequest);
  await writeAudit(db, { ...audit, subject: id, body: { before, after: request } });
}

/** Whose a request is, by the ids, names and addresses of when it was made or answered. */
interface KeptPeople {
  readonly asker?: readonly string[];
  /** Of the device: its owner, and who was signed in. */
  readonly users?: readonly string[];
  readonly approvers?: readonly string[];
}

async function putPeople(db: Kysely<Tables>, id: string, people: KeptPeople): Promise<void> {
  const row = { people: JSON.stringify(people) };
  await db.updateTable("access_request").set(row).where("id", "=", id).execute();
}

/** One person may come by a token and by an identity provider; both are one approver. */
async function standingOf(
  db: Kysely<Tables>,
  { requestedBy, device, approvals }: AccessRequest,
  now: { readonly people: KeptPeople; readonly approver: KeptPerson; readonly at: number },
): Promise<Standing> {
  const { people, approver, at } = now;
  const is = (one: KeptPerson) => isSamePerson(db, one, approver);
  const asker = [...(people.asker ?? []), ...(await listedNames(db, requestedBy))];
  const approvers = approvals.map(({ admin }) => admin);
  return {
    isAsker: await is({ words: [requestedBy], names: asker }),
    isUser: await is({ words: await usersOf(db, device, at), names: people.users }),
    hasApproved: await is({ words: approvers, names: people.approvers }),
  };
}

/** Whoever is signed in on a device asks by it, also where it has no owner or another one. */
async function usersOf(db: Kysely<Tables>, device: string, at: number): Promise<readonly string[]> {
  const row = await db
    .selectFrom("device")
    .select("body")
    .where("id", "=", device)
    .executeTakeFirst();
  const owner = row === undefined ? undefined : (JSON.parse(row.body) as DeviceBody).owner;
  const signedIn = await db
    .selectFrom("user_session")
    .select("user")
    .where("device", "=", device)
    .where("ended_at", "is", null)
    .where("expires_at", ">", at)
    .execute();
  return [...(owner === undefined ? [] : [owner]), ...signedIn.map(({ user }) => user)];
}

function stepped(
  request: AccessRequest,
  { step, admin, audit }: RequestStep,
  standing: Standing,
): StepResult {
  switch (step) {
    case "approve":
      return approve(request, { admin: admin.id, name: admin.name, at: audit.at }, standing);
    case "deny":
      return deny(request, audit.at);
    case "end":
      return end(request, `${admin.name} ended it`, audit.at);
  }
}
