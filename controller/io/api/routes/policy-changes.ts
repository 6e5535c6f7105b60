import type { FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { PolicyChangeRow } from "../../store/queries/policy.ts";
import { type ApiContext, type ApiServer, auditOf } from "../context.ts";
import { recordsOf } from "../documents.ts";
import { refuseLockout, rollMode, tellLoop } from "../policy/begin.ts";
import { announcedPercent, makePlan, ringOpen } from "../policy/plan.ts";
import { changeParams, reasonBody, stepParams } from "#shared/protocol/api/policy-order.ts";
import { keptCandidate } from "../policy/source.ts";
import { changeView, rollOutView } from "../policy/views.ts";

/** Routes of the change that is under way, and of those before it. */
export function addPolicyChangeRoutes(server: ApiServer, context: ApiContext): void {
  const read = { config: { needs: "read" } } as const;
  server.get("/policies/changes", read, async () => {
    const changes = await context.store.read("policy_change.list", undefined);
    return { items: changes.map(changeView) };
  });
  server.get("/policies/status", read, async () => {
    const active = await context.store.read("policy.active", undefined);
    const open = await context.store.read("policy_change.open", undefined);
    const rollOut = context.desk.rollOut();
    return {
      version: active?.version ?? null,
      change: open === null ? null : changeView(open),
      rollOut: rollOut === null ? null : rollOutView(rollOut),
    };
  });
  const approve = {
    config: { needs: "approve" },
    schema: { params: changeParams, body: reasonBody },
  } as const;
  server.post("/policies/changes/:change/approve", approve, async (request) => {
    const { change } = request.params;
    const open = await requireOpen(context, change);
    return approveChange(context, request, { open, reason: request.body.reason });
  });
  const settle = {
    config: { needs: "author" },
    schema: { params: stepParams, body: reasonBody },
  } as const;
  server.post("/policies/changes/:change/:step", settle, async (request) => {
    const { change, step } = request.params;
    const { reason } = request.body;
    const audit = auditOf(context, request, { action: `policy ${step}`, subject: "" });
    const open = await requireOpen(context, change);
    const announcedPercent = lossesSeen(context, open);
    const order = { change, step, reason, announcedPercent, audit };
    const removed = await context.store.write("policy_change.settle", order);
    if (step === "resume") {
      await tellResumed(context, open, { sinceAt: audit.at, announcedPercent });
    }
    if (step === "abort") {
      context.control.changed([
        { kind: "rollOut", record: null },
        ...removed.map((id) => ({ kind: "resourceRemoved" as const, id })),
      ]);
    }
    return { change, status: { deny: "denied", abort: "aborted", resume: "rolling" }[step] };
  });
}

/** Devices may have moved since the author's plan, so it is made anew. */
async function approveChange(
  context: ApiContext,
  request: Pick<FastifyRequest, "actor">,
  { open, reason }: { readonly open: PolicyChangeRow; readonly reason: string },
) {
  const candidate = await keptCandidate(context, open.version);
  const detail = JSON.parse(open.body) as {
    readonly authorId: string;
    readonly atOnce: boolean;
    readonly allowLockout: boolean;
  };
  const active = await context.store.read("policy.active", undefined);
  const author = { admin: detail.authorId, name: open.author };
  const order = { candidate, active, actor: author, days: 0, changesMax: 0 };
  const plan = await makePlan(context, order);
  refuseLockout(plan, detail);
  const mode = rollMode(candidate, { active, atOnce: detail.atOnce });
  const audit = auditOf(context, request, { action: "policy approve", subject: open.version });
  const { name: approver, admin: approverId, credential } = request.actor;
  const resources = recordsOf(context, candidate.documents, "git");
  const announced = {
    announcedPercent: announcedPercent(plan.plan),
    ringOpen: ringOpen(plan.plan),
  };
  const applied = await context.store.write("policy_change.approve", {
    change: open.id,
    approver,
    approverId,
    credential,
    reason,
    mode,
    ...announced,
    resources,
    audit,
  });
  const told = { policy: candidate.policy, mode, sinceAt: audit.at, ...announced };
  tellLoop(context, told, applied);
  return { change: open.id, status: mode === "rings" ? "rolling" : "done", approver };
}

async function requireOpen(context: ApiContext, change: number): Promise<PolicyChangeRow> {
  const open = await context.store.read("policy_change.open", undefined);
  if (open?.id === change) return open;
  throw new CodedError("SP-702", { what: "open policy change", name: change });
}

/** What is lost so far was looked at by whoever resumes: only more of it halts a ring again. */
function lossesSeen(context: ApiContext, open: PolicyChangeRow): readonly number[] {
  const { announcedPercent = [] } = JSON.parse(open.body) as { announcedPercent?: number[] };
  const view = context.desk.rollOut();
  if (view === null) return announcedPercent;
  const { lostPercent } = view;
  const length = Math.max(announcedPercent.length, lostPercent.length);
  return Array.from({ length }, (_, ring) =>
    Math.max(announcedPercent[ring] ?? 0, lostPercent[ring] ?? 0),
  );
}

async function tellResumed(
  context: ApiContext,
  open: PolicyChangeRow,
  resumed: { readonly sinceAt: number; readonly announcedPercent: readonly number[] },
): Promise<void> {
  const { policy } = await keptCandidate(context, open.version);
  const { ringOpen } = JSON.parse(open.body) as { readonly ringOpen?: readonly number[] };
  const record = {
    change: open.id,
    policy,
    status: "rolling",
    ring: open.ring,
    ringOpen,
    ...resumed,
  } as const;
  context.control.changed([{ kind: "rollOut", record }]);
}
