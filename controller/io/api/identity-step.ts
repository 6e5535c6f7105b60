/**
 * Steps of an identity's life on the running controller. What closes reaches the core before the
 * store is asked, and stands even when the store fails; what opens waits until it is durable.
 */
import type { FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { DeviceRecord, GatewayRecord } from "../../core/record.ts";
import { openGateway } from "../store/gateway-secret.ts";
import { nextStanding, type StatusStep } from "../store/operations/identity-status.ts";
import type { StoredIdentity } from "../store/record.ts";
import { type ApiContext, auditOf } from "./context.ts";
import type { Follow } from "./step-effect.ts";

/** Steps that only take away. */
export const closing: readonly StatusStep[] = ["quarantine", "revoke"];

/** Takes the step of the device or gateway that an id or name means. */
export async function takeStep(
  context: ApiContext,
  request: Pick<FastifyRequest, "actor">,
  order: {
    readonly step: StatusStep;
    readonly identity: StoredIdentity;
    readonly follow: Follow;
  },
): Promise<StoredIdentity> {
  const { step, identity, follow } = order;
  if (closing.includes(step)) {
    const { status } = nextStanding({ status: identity.status }, step, identity.name);
    follow(() => tellCore(context, { ...identity, status }));
  }
  const after = await context.store.write("identity.step", {
    role: identity.role,
    step,
    audit: auditOf(context, request, { action: `${identity.role} ${step}`, subject: identity.id }),
  });
  tellCore(context, after);
  return after;
}

/** Asks a device to look again; false where it is not connected. Nothing changes, but it is written down who asked. */
export async function askAgain(
  context: ApiContext,
  request: Pick<FastifyRequest, "actor">,
  { id, signals }: { readonly id: string; readonly signals?: readonly string[] | undefined },
): Promise<boolean> {
  if (!context.control.recheck(id, signals)) return false;
  const change = { action: "device recheck", subject: id } as const;
  const { body: _, ...audit } = auditOf(context, request, change);
  const detail = { signals: signals?.join(" ") ?? "all" };
  await context.store.write("rows.write", [{ kind: "audit", ...audit, detail }]);
  return true;
}

/** Tells the running core of a record. */
export function tellCore(context: ApiContext, identity: StoredIdentity): void {
  if (identity.role === "gateway") {
    const record: GatewayRecord = openGateway(context.sealing, identity);
    context.control.changed([{ kind: "gateway", record }]);
  } else {
    context.control.changed([{ kind: "device", record: identity }]);
  }
}

/** Returns the device of an id or name; throws SP-702. */
export async function requireDevice(context: ApiContext, key: string): Promise<DeviceRecord> {
  const device = await context.store.read("device.find", key);
  if (device === null) throw new CodedError("SP-702", { what: "device", name: key });
  return device;
}

/** Returns the device or gateway of an id or name, devices first; throws SP-702. */
export async function requireIdentity(context: ApiContext, key: string): Promise<StoredIdentity> {
  const device = await context.store.read("device.find", key);
  const found = device ?? (await context.store.read("gateway.find", key));
  if (found === null) throw new CodedError("SP-702", { what: "device or gateway", name: key });
  return found;
}
