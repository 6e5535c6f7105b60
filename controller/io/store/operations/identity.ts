/** Changes of identities by administrators, each with its audit entry. */
import type { Kysely } from "kysely";
import { CodedError } from "#shared/base/coded-error.ts";
import {
  type DeviceBody,
  deviceOf,
  type GatewayBody,
  gatewayOf,
  type StoredIdentity,
} from "../record.ts";
import type { Tables } from "../tables.ts";
import { freeHost } from "./address.ts";
import { nextStanding, type StatusStep } from "./identity-status.ts";
import { type AuditEntry, writeAudit } from "./audit-trail.ts";
import type { Operation } from "./operation.ts";
import { requireRevision, type WantedRevision } from "./revision.ts";

/** A step of one identity's life; `audit.subject` is its id. */
export interface StatusChange {
  readonly role: "device" | "gateway";
  readonly step: StatusStep;
  readonly audit: AuditEntry;
}

/** Takes the step; returns the record after it. */
export const stepStatus: Operation<StatusChange, StoredIdentity> = async (db, change) => {
  const { role, step, audit } = change;
  const row = await db
    .selectFrom(role)
    .select(["name", "status", "body"])
    .where("id", "=", audit.subject)
    .executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: role, name: audit.subject });
  const { heldStatus, ...body } = JSON.parse(row.body) as DeviceBody | GatewayBody;
  const before = { status: row.status as StoredIdentity["status"], heldStatus };
  const { status, heldStatus: held } = nextStanding(before, step, row.name);
  await db
    .updateTable(role)
    .set((eb) => ({
      status,
      body: JSON.stringify({ ...body, heldStatus: held }),
      revision: eb("revision", "+", 1),
    }))
    .where("id", "=", audit.subject)
    .execute();
  if (step === "revoke") await freeHost(db, audit.subject, audit.at);
  await writeAudit(db, {
    ...audit,
    body: { ...audit.body, before: before.status, after: status },
  });
  return readIdentity(db, role, audit.subject);
};

/** Ends the identity of a member that left by itself; one that is ended already stays as it is. */
export async function leaveIdentity(
  db: Kysely<Tables>,
  left: { readonly role: "device" | "gateway"; readonly identity: string; readonly at: number },
): Promise<void> {
  const { role, identity, at } = left;
  const stored = await readIdentity(db, role, identity);
  if (stored.status === "revoked") return;
  const audit = {
    at,
    actor: identity,
    action: `${role} leave`,
    subject: identity,
    body: {},
  } as const;
  await stepStatus(db, { role, step: "revoke", audit });
}

/** What an administrator sets at a gateway; what is left out stays. */
export interface GatewayChange {
  readonly id: string;
  readonly endpoints?: readonly string[] | undefined;
  readonly priority?: number | undefined;
  readonly listenPort?: number | undefined;
  readonly lan?: string | undefined;
  readonly ifRevision: WantedRevision;
  readonly audit: AuditEntry;
}

/** Applies the change; returns the record after it. */
export const applyGateway: Operation<GatewayChange, StoredIdentity> = async (db, change) => {
  const row = await db
    .selectFrom("gateway")
    .select(["body", "priority"])
    .where("id", "=", change.id)
    .executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "gateway", name: change.id });
  await requireRevision(db, { table: "gateway", id: change.id }, change.ifRevision);
  const before = JSON.parse(row.body) as GatewayBody;
  const body: GatewayBody = {
    ...before,
    endpoints: change.endpoints ?? before.endpoints,
    listenPort: change.listenPort ?? before.listenPort,
    lan: change.lan ?? before.lan,
  };
  const priority = change.priority ?? row.priority;
  await db
    .updateTable("gateway")
    .set((eb) => ({
      priority,
      body: JSON.stringify(body),
      revision: eb("revision", "+", 1),
    }))
    .where("id", "=", change.id)
    .execute();
  await writeAudit(db, {
    ...change.audit,
    body: { before: { ...before, priority: row.priority }, after: { ...body, priority } },
  });
  return readIdentity(db, "gateway", change.id);
};

/** What an administrator sets at a device; what is left out stays. */
export interface DeviceChange {
  readonly id: string;
  readonly groups?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Null = nobody's. */
  readonly owner?: string | null | undefined;
  /** Null = none. */
  readonly serviceAccount?: string | null | undefined;
  readonly ifRevision: WantedRevision;
  readonly audit: AuditEntry;
}

/** Applies the change; returns the record after it. */
export const applyDevice: Operation<DeviceChange, StoredIdentity> = async (db, change) => {
  const row = await db
    .selectFrom("device")
    .select("body")
    .where("id", "=", change.id)
    .executeTakeFirst();
  if (row === undefined) throw new CodedError("SP-702", { what: "device", name: change.id });
  await requireRevision(db, { table: "device", id: change.id }, change.ifRevision);
  const before = JSON.parse(row.body) as DeviceBody;
  const after = changedTraits(before, change);
  await db
    .updateTable("device")
    .set((eb) => ({
      body: JSON.stringify({ ...before, ...after }),
      revision: eb("revision", "+", 1),
    }))
    .where("id", "=", change.id)
    .execute();
  await writeAudit(db, {
    ...change.audit,
    body: { before: traitsOf(before), after },
  });
  return readIdentity(db, "device", change.id);
};

/** The part of a device that administrators set. */
type DeviceTraits = Pick<DeviceBody, "groups" | "tags" | "owner" | "serviceAccount">;

function traitsOf({ groups, tags, owner, serviceAccount }: DeviceTraits): DeviceTraits {
  return { groups, tags, owner, serviceAccount };
}

function changedTraits(before: DeviceTraits, change: DeviceChange): DeviceTraits {
  const { groups = before.groups, tags = before.tags, owner, serviceAccount } = change;
  const of = (next: string | null | undefined, former: string | undefined) =>
    next === undefined ? former : (next ?? undefined);
  return {
    groups,
    tags,
    owner: of(owner, before.owner),
    serviceAccount: of(serviceAccount, before.serviceAccount),
  };
}

async function readIdentity(
  db: Kysely<Tables>,
  role: "device" | "gateway",
  id: string,
): Promise<StoredIdentity> {
  return role === "device"
    ? deviceOf(
        await db.selectFrom("device").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
      )
    : gatewayOf(
        await db.selectFrom("gateway").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
      );
}
