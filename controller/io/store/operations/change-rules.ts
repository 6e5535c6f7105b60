/**
 * Changes of the rules about changes. Where a second person has to agree, nobody weakens that alone:
 *
 *   off ──▶ on ──propose──▶ on, wanted ──approve (another approver)──▶ what was wanted
 *            ▲                 └──deny──┐
 *            └──────────────────────────┘
 */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import {
  type Able,
  type Approver,
  approversMax,
  type ChangeRules,
  changeRulesKey,
  findChangeRules,
  hashOfWanted,
  listAble,
  listedNames,
  requireApprover,
  requireAuthor,
} from "../change-rules.ts";
import { isSamePerson, personNames } from "../queries/people.ts";
import type { Tables } from "../tables.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { putSetting } from "./setup.ts";

/** Who asks, and by what. */
interface Asker {
  readonly admin: string;
  readonly name: string;
  readonly credential: string;
}

/** Rules that somebody wants. */
export interface RulesProposal {
  readonly secondApprover: boolean;
  readonly asker: Asker;
  readonly audit: AuditEntry;
}

/** Puts rules in force, or keeps them for another approver where one has to agree. */
export const proposeRules: Operation<RulesProposal, ChangeRules> = async (db, proposal) => {
  const { secondApprover, asker, audit } = proposal;
  const held = await findChangeRules(db);
  if (!held.secondApprover && !secondApprover) return held;
  await requireAuthor(db, asker.credential);
  const able = await listAble(db, "approve", audit.at);
  await requireOther(db, able, asker);
  const former = [...(held.approvers ?? []), ...(held.authors ?? [])];
  const approvers = await asListed(db, able, former);
  const writers = await listAble(db, "author", audit.at);
  const isApprover = new Set(able.map(({ credential }) => credential));
  const authors = await asListed(
    db,
    writers.filter(({ credential }) => !isApprover.has(credential)),
    former,
  );
  const lists = { approvers, authors };
  const wanted = secondApprover ? { secondApprover, ...lists } : { secondApprover };
  if (!held.secondApprover) return keep(db, wanted, audit);
  const { approvers: before, authors: authorsBefore } = held;
  const same =
    JSON.stringify({ approvers: before, authors: authorsBefore }) === JSON.stringify(lists);
  if (secondApprover && same) return keep(db, { ...held, wanted: undefined }, audit);
  const by = { by: asker.name, byId: asker.admin, at: audit.at };
  return keep(db, { ...held, wanted: { ...wanted, ...by } }, audit);
};

/** With the names of today and of former lists: by a later one nobody becomes a second person. */
async function asListed(
  db: Kysely<Tables>,
  able: readonly Able[],
  former: readonly Approver[],
): Promise<NonNullable<ChangeRules["approvers"]>> {
  if (able.length > approversMax) {
    const why = `more than ${approversMax} may do it; revoke tokens first`;
    throw new CodedError("SP-705", { why });
  }
  const listed = [];
  for (const { credential, name, by, admin } of able) {
    const before = former.find((one) => one.credential === credential)?.names ?? [];
    const names = [...new Set([...before, ...(await personNames(db, [admin]))])];
    listed.push({ credential, name, by, names });
  }
  return listed;
}

/** Somebody else's word on what is wanted. */
export interface RulesAnswer {
  readonly step: "approve" | "deny";
  /** Of what was looked at. */
  readonly hash: string;
  readonly asker: Asker;
  readonly audit: AuditEntry;
}

/** Takes the word of another approver on what that one saw; whoever wants it cannot approve (SP-635). */
export const answerRules: Operation<RulesAnswer, ChangeRules> = async (db, answer) => {
  const { step, hash, asker, audit } = answer;
  const { wanted, ...held } = await findChangeRules(db);
  if (wanted === undefined) throw new CodedError("SP-702", { what: "wanted rules", name: "any" });
  const now = hashOfWanted(wanted);
  if (hash !== now) {
    throw new CodedError("SP-711", { what: "wanted rules", wanted: hash, held: now });
  }
  if (step === "deny") return keep(db, held, audit);
  await requireApprover(db, asker.credential);
  const { by: _by, byId, at: _at, ...rules } = wanted;
  const author = { words: [byId], names: await listedNames(db, byId) };
  const approver = { words: [asker.admin], names: await listedNames(db, asker.admin) };
  if (await isSamePerson(db, author, approver)) {
    throw new CodedError("SP-635", { who: asker.name });
  }
  return keep(db, rules, audit);
};

async function keep(
  db: Kysely<Tables>,
  value: ChangeRules,
  audit: AuditEntry,
): Promise<ChangeRules> {
  const before = await findChangeRules(db);
  await putSetting(db, { key: changeRulesKey, value });
  await writeAudit(db, { ...audit, body: { before, after: value } });
  return value;
}

/** Without anybody else nothing could ever be approved, and the rule never be switched off again. */
async function requireOther(
  db: Kysely<Tables>,
  able: readonly Able[],
  { admin }: Asker,
): Promise<void> {
  const asker = { words: [admin] };
  for (const other of able) if (!(await isSamePerson(db, { words: [other.admin] }, asker))) return;
  const why = "nobody else may approve; make an approver first (`token create --role approver`)";
  throw new CodedError("SP-705", { why });
}
