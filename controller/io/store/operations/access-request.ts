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
import { requireApprover } from "../change-rules.ts";
import { isSamePerson } from "../queries/people.ts";
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
    .select("body")
    .where("id", "=", order.id)
    .executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "request", name: order.id });
  const request = JSON.parse(row.body) as AccessRequest;
  if (order.step === "approve") await requireApprover(db, order.credential);
  const result = stepped(request, order, await standingOf(db, request, order.admin.id));
  if (result.kind === "refused") throw new CodedError("SP-705", { why: result.why });
  await putRequest(db, result.request, order.audit);
  return result.request;
};

/** Writes a request and who changed it. */
export async function putRequest(
  db: Kysely<Tables>,
  request: AccessRequest,
  audit: AuditEntry,
): Promise<void> {
  const { id, device, status, untilAt, at } = request;
  const values = { status, until_at: untilAt, body: JSON.stringify(request) };
  await db
    .insertInto("access_request")
    .values({ id, device, created_at: at, ...values })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet((eb) => ({
        ...values,
        revision: eb("access_request.revision", "+", 1),
      })),
    )
    .execute();
  await writeAudit(db, { ...audit, subject: id, body: { after: request } });
}

/** One person may come by a token and by an identity provider; both are one approver. */
async function standingOf(
  db: Kysely<Tables>,
  request: AccessRequest,
  admin: string,
): Promise<Standing> {
  const owner = await ownerOf(db, request.device);
  const selves = new Set<string>();
  const others = [request.requestedBy, owner, ...request.approvals.map((one) => one.admin)];
  for (const other of others) {
    if (other !== undefined && (await isSamePerson(db, admin, other))) selves.add(other);
  }
  return { owner, selves };
}

async function ownerOf(db: Kysely<Tables>, device: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("device")
    .select("body")
    .where("id", "=", device)
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.body) as DeviceBody).owner;
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
