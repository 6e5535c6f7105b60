/** Records as the API shows them: RFC 3339 times, no key material. */
import { describeError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { Decision } from "#shared/policy/decision.ts";
import { storedOf } from "../../core/access/policy-in-force.ts";
import type { DeviceRecord, ResourceRecord, SiteRecord } from "../../core/record.ts";
import type { Presence, RiskView } from "../../ports/control-plane.ts";
import type { RefusalRow } from "../store/queries/refused-joining.ts";
import type { EnrolKeyView } from "../store/queries/list.ts";
import type { SealedGateway } from "../store/record.ts";
import type { ApiContext } from "./context.ts";

/** Returns RFC 3339 UTC with ms, or null. */
export function timeText(atMs: number | null | undefined): string | null {
  return atMs === null || atMs === undefined ? null : new Date(atMs).toISOString();
}

/** Returns a device with its presence. */
export function deviceView(context: ApiContext, device: DeviceRecord) {
  const { spkiHex: _, lastSeenAt, ...shown } = device;
  const access = context.fleet.access(device.id);
  return {
    ...shown,
    ...presenceView(context.control.presence(device.id), lastSeenAt),
    ...(access === null ? {} : { access: access }),
  };
}

/** Returns a gateway with its presence, without its secret. */
export function gatewayView(context: ApiContext, gateway: SealedGateway) {
  const { spkiHex: _, sealedPsk: __, ...shown } = gateway;
  return { ...shown, ...presenceView(context.control.presence(gateway.id), undefined) };
}

/** Returns an enrolment key with its state in one word. */
export function enrolKeyView(key: EnrolKeyView, nowAt: number) {
  const { createdAt, expiresAt, lastUsedAt, revokedAt, identityAuthorities, ...shown } = key;
  return {
    ...shown,
    byIdentity: identityAuthorities !== undefined,
    state: enrolKeyState(key, nowAt),
    createdAt: timeText(createdAt),
    expiresAt: timeText(expiresAt),
    lastUsedAt: timeText(lastUsedAt),
    revokedAt: timeText(revokedAt),
  };
}

/** Returns who was refused to join, with the words of the code. */
export function refusedView({ at, error, hostname, key, ...shown }: RefusalRow) {
  return {
    ...shown,
    ...errorView(error),
    at: timeText(at),
    key: key.startsWith("ek_") ? key : null,
    hostname: hostname ?? null,
  };
}

/** Returns a resource with its site's name. */
export function resourceView(
  resource: ResourceRecord,
  sites: ReadonlyMap<string, Pick<SiteRecord, "name">>,
) {
  return storedOf(resource, sites);
}

/** Names that decisions are shown with. */
export interface DecisionNames {
  readonly device: string | null;
  readonly resource: string | null;
}

/** Returns a decision with names beside its ids. */
export function decisionView(decision: Decision, names: DecisionNames) {
  const { at, validUntilAt, ...shown } = decision;
  return {
    ...shown,
    deviceName: names.device,
    resourceName: names.resource,
    at: timeText(at),
    validUntilAt: timeText(validUntilAt),
  };
}

function presenceView(presence: Presence, storedSeenAt: number | undefined) {
  return {
    connected: presence.connected,
    connectedSince: timeText(presence.since),
    lastSeenAt: timeText(presence.lastBeatAt ?? storedSeenAt),
    configErrors: presence.configErrors.map(errorView),
    ...(presence.risk === undefined ? {} : { risk: riskView(presence.risk) }),
  };
}

function errorView(error: ErrorRef) {
  const { title, detail, fix } = describeError(error);
  return { code: error.code, title, detail, fix };
}

function riskView({ contributions, ...scores }: RiskView) {
  return {
    ...scores,
    contributions: contributions.map((one) => ({ ...one, at: timeText(one.at) })),
  };
}

function enrolKeyState(key: EnrolKeyView, nowAt: number): string {
  if (key.revokedAt !== null) return "revoked";
  if (key.expiresAt <= nowAt) return "expired";
  return key.uses >= key.usesMax ? "used up" : "open";
}
