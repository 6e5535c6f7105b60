/** Puts a set in force, or on its way: guards first, then the store, then the loop. */
import type { ChangeOrder } from "./change-order.ts";
import type { FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import { equalTargets } from "#shared/policy/equal-targets.ts";
import type { PolicyRecord, RecordChange } from "../../../core/record.ts";
import { storedDocument } from "#shared/policy/stored-resources.ts";
import { storedIn } from "../../analysis/read-set.ts";
import type {
  PolicyChangeBegin,
  PolicyChangeBegun,
  PolicyChangeMode,
} from "../../store/operations/policy-change.ts";
import { type ApiContext, auditOf } from "../context.ts";
import { documentRefusal } from "../document-refusal.ts";
import { readInventory, recordsOf } from "../documents.ts";
import { requirePromotion } from "./promotion.ts";
import { announcedPercent, makePlan, type NamedPlan, planHash, ringOpen } from "./plan.ts";
import { readChangeRules } from "./rules.ts";
import type { Candidate } from "./source.ts";

const changesMax = 100;

/** What became of an order. */
export interface BegunChange {
  readonly change: number;
  readonly mode: PolicyChangeMode;
  readonly plan: NamedPlan;
  readonly applied: PolicyChangeBegun;
}

/** Begins the change; throws SP-631, 633, 634 or 636 where it must not be. */
export async function beginChange(
  context: ApiContext,
  request: Pick<FastifyRequest, "actor">,
  { candidate, order }: { readonly candidate: Candidate; readonly order: ChangeOrder },
): Promise<BegunChange> {
  const { actor } = request;
  const active = await context.store.read("policy.active", undefined);
  if (order.plan !== undefined && order.plan !== planHash(active, candidate.policy)) {
    throw new CodedError("SP-633", { why: "the plan leads from or to another set" });
  }
  await requirePromotion(context, { active, candidate, order });
  const plan = await makePlan(context, { candidate, active, actor, days: 0, changesMax });
  refuseLockout(plan, order);
  const mode = await modeOf(context, { candidate, active, order });
  if (mode === "rings") await refuseEqualTargets(context, candidate);
  const [author, authorId] = [actor.name, actor.admin];
  const { kind, source, reason, allowLockout, atOnce, override } = order;
  const { gained, lost, devicesGaining, devicesLosing } = plan.plan;
  const body = {
    atOnce,
    allowLockout,
    ...(override === undefined ? {} : { override }),
    plan: { hash: plan.hash, gained, lost, devicesGaining, devicesLosing },
    announcedPercent: announcedPercent(plan.plan),
    ringOpen: ringOpen(plan.plan),
  };
  const audit = auditOf(context, request, { action: `policy ${kind}`, subject: "" });
  const begin: PolicyChangeBegin = {
    policy: candidate.policy,
    files: candidate.files,
    former: active?.version ?? null,
    mode,
    order: { kind, source, author, authorId, reason, approver: null, body },
    credential: actor.credential,
    resources: recordsOf(context, candidate.documents, "git"),
    audit,
  };
  const applied = await context.store.write("policy_change.begin", begin);
  const told = { sinceAt: audit.at, announcedPercent: body.announcedPercent };
  tellLoop(context, { ...begin, ...told, ringOpen: body.ringOpen }, applied);
  return { change: applied.change, mode, plan, applied };
}

/** Tells the loop what the store has taken. */
export function tellLoop(
  context: Pick<ApiContext, "control">,
  begun: Pick<PolicyChangeBegin, "policy" | "mode"> & {
    readonly sinceAt: number;
    readonly announcedPercent: readonly number[];
    readonly ringOpen: readonly number[];
  },
  applied: PolicyChangeBegun,
): void {
  const { policy, mode, sinceAt, announcedPercent, ringOpen } = begun;
  if (mode === "waiting") return;
  const { change, resources, removed } = applied;
  const rollOut = {
    change,
    policy,
    status: "rolling",
    ring: 0,
    sinceAt,
    announcedPercent,
    ringOpen,
  } as const;
  const changes: readonly RecordChange[] = [
    ...resources.map((record) => ({ kind: "resource" as const, record })),
    ...removed.map((id) => ({ kind: "resourceRemoved" as const, id })),
    mode === "rings" ? { kind: "rollOut", record: rollOut } : { kind: "policy", record: policy },
  ];
  context.control.changed(changes);
}

/** Throws SP-631 where a plan leaves nothing to its author, every administrator or anybody. */
export function refuseLockout(
  { plan }: NamedPlan,
  { allowLockout }: Pick<ChangeOrder, "allowLockout">,
): void {
  if (allowLockout) return;
  const who = plan.closesEverything ? "anybody" : plan.lockedOut.join(" and ");
  if (who !== "") throw new CodedError("SP-631", { who });
}

/** To undo the last change waits for nobody; an older set may open what two people closed since. */
async function modeOf(
  context: ApiContext,
  change: {
    readonly candidate: Candidate;
    readonly active: PolicyRecord | null;
    readonly order: ChangeOrder;
  },
): Promise<PolicyChangeMode> {
  const { candidate, active, order } = change;
  const { secondApprover } = await readChangeRules(context);
  if (secondApprover) {
    const undone = await context.store.read("policy_change.undone", active?.version ?? "");
    if (order.kind !== "rollback" || undone !== candidate.policy.version) return "waiting";
  }
  return rollMode(candidate, { active, atOnce: order.atOnce });
}

/** Returns how a set goes out that nobody has to wait for; the first one has nobody to be careful with. */
export function rollMode(
  { documents }: Pick<Candidate, "documents">,
  { active, atOnce }: { readonly active: PolicyRecord | null; readonly atOnce: boolean },
): Exclude<PolicyChangeMode, "waiting"> {
  if (active === null) return "atOnce";
  const rings = documents.flatMap((document) => document.rings ?? []);
  return rings.length > 0 && !atOnce ? "rings" : "atOnce";
}

/** In a roll-out both sets' resources stand side by side, so no packet may belong to two of them. */
async function refuseEqualTargets(context: ApiContext, candidate: Candidate): Promise<void> {
  const inventory = await readInventory(context);
  const held = storedDocument(storedIn(inventory)).resources;
  const names = new Set(held.map(({ name }) => name));
  const added = candidate.documents
    .flatMap(({ resources }) => resources)
    .filter(({ name }) => !names.has(name));
  const errors = equalTargets([...held, ...added]);
  if (errors.length > 0) throw documentRefusal(errors);
}
