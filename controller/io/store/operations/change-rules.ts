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
  approversMax,
  type ChangeRules,
  changeRulesKey,
  findChangeRules,
  listApprovers,
  requireApprover,
} from "../change-rules.ts";
import { isSamePerson } from "../queries/people.ts";
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
  const able = await listApprovers(db, audit.at);
  if (able.length > approversMax) {
    const why = `more than ${approversMax} may approve; revoke tokens first`;
    throw new CodedError("SP-705", { why });
  }
  await requireOther(db, able, asker);
  const approvers = able.map(({ credential, name, by }) => ({ credential, name, by }));
  const wanted = secondApprover ? { secondApprover, approvers } : { secondApprover };
  if (!held.secondApprover) return keep(db, wanted, audit);
  const same = JSON.stringify(held.approvers) === JSON.stringify(approvers);
  if (secondApprover && same) return keep(db, { ...held, wanted: undefined }, audit);
  const by = { by: asker.name, byId: asker.admin, at: audit.at };
  return keep(db, { ...held, wanted: { ...wanted, ...by } }, audit);
};

/** Somebody else's word on what is wanted. */
export interface RulesAnswer {
  readonly step: "approve" | "deny";
  readonly asker: Asker;
  readonly audit: AuditEntry;
}

/** Takes the word of another approver; whoever wants the rules cannot approve them (SP-635). */
export const answerRules: Operation<RulesAnswer, ChangeRules> = async (db, answer) => {
  const { step, asker, audit } = answer;
  const { wanted, ...held } = await findChangeRules(db);
  if (wanted === undefined) throw new CodedError("SP-702", { what: "wanted rules", name: "any" });
  if (step === "deny") return keep(db, held, audit);
  await requireApprover(db, asker.credential);
  if (await isSamePerson(db, wanted.byId, asker.admin)) {
    throw new CodedError("SP-635", { who: asker.name });
  }
  const { by: _by, byId: _byId, at: _at, ...rules } = wanted;
  return keep(db, rules, audit);
};

async function keep(
  db: Kysely<Tables>,
  value: ChangeRules,
  audit: AuditEntry,
): Promise<ChangeRules> {
  await putSetting(db, { key: changeRulesKey, value });
  await writeAudit(db, { ...audit, body: { after: value } });
  return value;
}

/** Without anybody else nothing could ever be approved, and the rule never be switched off again. */
async function requireOther(
  db: Kysely<Tables>,
  able: Awaited<ReturnType<typeof listApprovers>>,
  { admin }: Asker,
): Promise<void> {
  for (const other of able) if (!(await isSamePerson(db, other.admin, admin))) return;
  const why = "nobody else may approve; make an approver first (`token create --role approver`)";
  throw new CodedError("SP-705", { why });
}
