/**
 * Changes of the policy set in force. One may be under way at a time:
 *
 *   begin ──► waiting ──approve──► rolling ◄──resume── halted
 *     │          │                  │  │  └──denies──────▲
 *     │          └─settle─► denied  │  └──settle──► aborted
 *     └── at once ─────────────► done ◄── last ring
 */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import type { PolicyRecord, ResourceRecord } from "../../../core/record.ts";
import type { StoreWrite } from "../../../core/row.ts";
import { listedNames, requireApprover, requireAuthor } from "../change-rules.ts";
import { isSamePerson, personNames } from "../queries/people.ts";
import { wasInForce } from "../queries/policy.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import {
  addNewResources,
  removeOthers,
  replaceResources,
  resourcesOfBody,
  type ResourcesApplied,
} from "./policy-resource.ts";

/** How a change reaches devices. */
export type PolicyChangeMode = "waiting" | "rings" | "atOnce";

/** Who changes what, from where and why. */
export interface PolicyChangeOrder {
  readonly kind: "apply" | "rollback" | "promote";
  /** Where the files came from: a folder under version control, single files, or the store itself. */
  readonly source: "folder" | "files" | "store";
  readonly author: string;
  /** The identity behind the name, which must not approve. */
  readonly authorId: string;
  readonly reason: string;
  readonly approver: string | null;
  /** What was allowed, and what the plan said. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A new change; `former` is the set that it was planned from. */
export interface PolicyChangeBegin {
  readonly policy: PolicyRecord;
  readonly files: string;
  readonly former: string | null;
  readonly mode: PolicyChangeMode;
  readonly order: PolicyChangeOrder;
  /** By what the author signed in. */
  readonly credential: string;
  readonly resources: readonly ResourceRecord[];
  readonly audit: AuditEntry;
}

/** What a change did. */
export interface PolicyChangeBegun extends ResourcesApplied {
  readonly change: number;
}

/** Keeps a set and begins to put it in force; all or nothing. */
export const keepChange: Operation<PolicyChangeBegin, PolicyChangeBegun> = async (db, begin) => {
  const { policy, mode, order, audit, former } = begin;
  await refuseOpen(db);
  await requireFormer(db, former);
  if (mode === "waiting") await requireAuthor(db, begin.credential);
  if (order.kind === "rollback") await requireWasInForce(db, policy.version);
  await keepPolicySet(db, begin);
  const { body, authorId, ...shown } = order;
  const authorNames = await personNames(db, [authorId]);
  const { id } = await db
    .insertInto("policy_change")
    .values({
      ...shown,
      version: policy.version,
      former,
      status: mode === "waiting" ? "waiting" : mode === "rings" ? "rolling" : "done",
      ring: 0,
      ring_since_at: audit.at,
      why: null,
      body: JSON.stringify({ ...body, authorId, authorNames }),
      created_at: audit.at,
      settled_at: mode === "atOnce" ? audit.at : null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const applied = await enact(db, begin);
  const detail = { change: id, before: former, after: policy.version, mode, ...shown };
  await writeAudit(db, { ...audit, subject: policy.version, body: { ...detail, ...body } });
  return { change: id, ...applied };
};

async function enact(
  db: Kysely<Tables>,
  {
    mode,
    policy,
    resources,
    audit,
  }: Pick<PolicyChangeBegin, "mode" | "policy" | "resources" | "audit">,
): Promise<ResourcesApplied> {
  if (mode === "waiting") return { resources: [], removed: [] };
  if (mode === "rings") return addNewResources(db, resources, audit);
  await activate(db, policy.version, audit.at);
  return replaceResources(db, resources, audit);
}

/** A folder that holds what is in force is where that comes from, whatever brought it before. */
export const adoptFolder: Operation<
  { readonly version: string; readonly audit: AuditEntry },
  void
> = async (db, { version, audit }) => {
  const last = await db
    .selectFrom("policy_change")
    .select(["id", "version", "source"])
    .where("status", "=", "done")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (last?.version !== version || last.source === "folder") return;
  const after = { source: "folder" };
  await db.updateTable("policy_change").set(after).where("id", "=", last.id).execute();
  const body = { change: last.id, before: { source: last.source }, after };
  await writeAudit(db, { ...audit, subject: version, body });
};

/** Another person agrees to a change that waits. */
export interface PolicyApproval {
  readonly change: number;
  readonly approver: string;
  readonly approverId: string;
  /** By what the approver signed in. */
  readonly credential: string;
  readonly reason: string;
  readonly mode: Exclude<PolicyChangeMode, "waiting">;
  /** What the plan says now that each ring loses. */
  readonly announcedPercent: readonly number[];
  /** How many accesses each ring has. */
  readonly ringOpen: readonly number[];
  readonly resources: readonly ResourceRecord[];
  readonly audit: AuditEntry;
}

/** Begins what waited; the author's own approval is refused (SP-635). */
export const keepApproval: Operation<PolicyApproval, PolicyChangeBegun> = async (db, approval) => {
  const { change, approver, approverId, mode, resources, reason, audit } = approval;
  const { announcedPercent, ringOpen } = approval;
  const row = await openChange(db, change, ["waiting"]);
  const body = JSON.parse(row.body) as ChangeAuthor;
  await requireOtherPerson(db, body, { id: approverId, name: approver });
  await requireApprover(db, approval.credential);
  await requireFormer(db, row.former);
  const rolls = mode === "rings";
  await db
    .updateTable("policy_change")
    .set({
      approver,
      body: JSON.stringify({ ...body, announcedPercent, ringOpen }),
      status: rolls ? "rolling" : "done",
      ring_since_at: audit.at,
      settled_at: rolls ? null : audit.at,
    })
    .where("id", "=", change)
    .execute();
  const policy = { version: row.version, body: "" };
  const applied = await enact(db, { mode, policy, resources, audit });
  await writeAudit(db, {
    ...audit,
    subject: row.version,
    body: { change, before: row.former, after: row.version, approver, reason, mode },
  });
  return { change, ...applied };
};

interface ChangeAuthor {
  readonly authorId: string;
  /** As they were when the change was made. */
  readonly authorNames?: readonly string[];
}

async function requireOtherPerson(
  db: Kysely<Tables>,
  { authorId, authorNames = [] }: ChangeAuthor,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const names = [...authorNames, ...(await listedNames(db, authorId))];
  const approver = { words: [id], names: await listedNames(db, id) };
  if (await isSamePerson(db, { words: [authorId], names }, approver)) {
    throw new CodedError("SP-635", { who: name });
  }
}

/** A person ends or resumes a change that is under way. */
export interface PolicySettlement {
  readonly change: number;
  readonly step: "deny" | "abort" | "resume";
  readonly reason: string;
  /** What each ring may lose from a resumption on. */
  readonly announcedPercent: readonly number[];
  readonly audit: AuditEntry;
}

const settlements = {
  deny: { from: ["waiting"], to: "denied" },
  abort: { from: ["rolling", "halted"], to: "aborted" },
  resume: { from: ["halted"], to: "rolling" },
} as const;

/** Takes the step; an abort removes the resources that only the new set had. Returns their ids. */
export const keepSettlement: Operation<PolicySettlement, readonly string[]> = async (
  db,
  settle,
) => {
  const { change, step, reason, announcedPercent, audit } = settle;
  const { from, to } = settlements[step];
  const row = await openChange(db, change, from);
  const resumed = {
    ring_since_at: audit.at,
    body: JSON.stringify({ ...(JSON.parse(row.body) as object), announcedPercent }),
  };
  await db
    .updateTable("policy_change")
    .set({
      status: to,
      settled_reason: reason,
      ...(step === "resume" ? { ...resumed, why: null } : { settled_at: audit.at }),
    })
    .where("id", "=", change)
    .execute();
  const states = { before: row.status, after: to };
  await writeAudit(db, {
    ...audit,
    subject: row.version,
    body: { change, step, ...states, reason },
  });
  if (step !== "abort") return [];
  return removeOthers(db, await namesOf(db, row.former));
};

type RollOutWrite = Extract<StoreWrite, { kind: "rollOutStep" }>;

/** Keeps what the core did by itself: next ring, halt, or the end that puts the set in force. */
export async function keepRollOutStep(db: Kysely<Tables>, step: RollOutWrite): Promise<void> {
  const { change, at, status, ring, why } = step;
  const row = await db
    .updateTable("policy_change")
    .set({
      status,
      ring,
      why: why ?? null,
      ...(status === "halted" ? {} : { ring_since_at: at }),
      settled_at: status === "done" ? at : null,
    })
    .where("id", "=", change)
    .where("status", "in", ["rolling", "halted"])
    .returning("version")
    .executeTakeFirst();
  if (row === undefined) return;
  const audit = {
    at,
    actor: "controller",
    action: "policy roll-out",
    subject: row.version,
  } as const;
  const body = { change, status, ring, why: why ?? "" };
  await writeAudit(db, { ...audit, body });
  if (status !== "done") return;
  await activate(db, row.version, at);
  const set = await db
    .selectFrom("policy_set")
    .select("body")
    .where("version", "=", row.version)
    .executeTakeFirstOrThrow();
  await replaceResources(db, resourcesOfBody(set.body), { ...audit, body });
}

/** Keeps a set by its content; the same content is kept once. */
export async function keepPolicySet(
  db: Kysely<Tables>,
  { policy, files, audit }: Pick<PolicyChangeBegin, "policy" | "files" | "audit">,
): Promise<void> {
  await db
    .insertInto("policy_set")
    .values({ ...policy, files, created_at: audit.at, created_by: audit.actor })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function activate(db: Kysely<Tables>, version: string, at: number): Promise<void> {
  const active = { version, activated_at: at };
  await db
    .insertInto("policy_active")
    .values({ slot: 1, ...active })
    .onConflict((conflict) => conflict.column("slot").doUpdateSet(active))
    .execute();
}

async function refuseOpen(db: Kysely<Tables>): Promise<void> {
  const open = await db
    .selectFrom("policy_change")
    .select(["id", "status"])
    .where("status", "in", ["waiting", "rolling", "halted"])
    .executeTakeFirst();
  if (open === undefined) return;
  throw new CodedError("SP-634", { change: open.id, status: open.status });
}

async function requireFormer(db: Kysely<Tables>, former: string | null): Promise<void> {
  const active = await db.selectFrom("policy_active").select("version").executeTakeFirst();
  if ((active?.version ?? null) === former) return;
  throw new CodedError("SP-633", { why: "another set came in force meanwhile" });
}

/** A rollback waits for nobody because its set was agreed to once; what was only tried was not. */
async function requireWasInForce(db: Kysely<Tables>, version: string): Promise<void> {
  if (await wasInForce(db, version)) return;
  const why = `set \`${version.slice(0, 12)}\` was never in force; apply it like a new one`;
  throw new CodedError("SP-705", { why });
}

async function openChange(db: Kysely<Tables>, id: number, statuses: readonly string[]) {
  const row = await db
    .selectFrom("policy_change")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "policy change", name: id });
  if (statuses.includes(row.status)) return row;
  throw new CodedError("SP-705", { why: `change ${id} is ${row.status}` });
}

async function namesOf(db: Kysely<Tables>, version: string | null): Promise<readonly string[]> {
  if (version === null) return [];
  const set = await db
    .selectFrom("policy_set")
    .select("body")
    .where("version", "=", version)
    .executeTakeFirst();
  return set === undefined ? [] : resourcesOfBody(set.body).map((record) => record.name);
}
