/** Builds the state from what the store held; nothing is closed merely because the controller was down. */
import { entryOf } from "#shared/posture/catalogue.ts";
import { refreshProtection } from "./access/protected.ts";
import type { Door } from "./access/protection.ts";
import { documentsOf, type PolicyInForce, putInForce } from "./access/policy-in-force.ts";
import { newPermit } from "./access/permits.ts";
import type { ReopenHold } from "./access/flap.ts";
import { openRisk, withSighting } from "./risk/risk.ts";
import { openRollOut, scheduleRollOut } from "./roll-out/roll-out.ts";
import { openShadow } from "./watch/shadow-set.ts";
import { openWatch } from "./watch/watch.ts";
import { keepRequest } from "./elevation/elevations.ts";
import { newCloneWatch } from "./admission/clone-watch.ts";
import { emptyDeadlines } from "./deadline-queue.ts";
import type { DeviceRecord, GatewayRecord } from "./record.ts";
import type { GrantRow, HeldFact, LedgerRow, StoredState } from "./row.ts";
import type { ControllerState, DeviceState, GatewayState } from "./state.ts";
import { openPosture } from "./verdict/posture.ts";

/** How long facts and grants from before a restart stand without a word from their device, in ms. */
const recoveryMs = 90_000;

/** Returns the state at the start; throws SP-601's reason as a plain error where stored policy does not compile. */
export function openState(
  stored: StoredState,
  settings: { readonly doors: readonly Door[]; readonly reopenHold: ReopenHold },
  now: number,
): ControllerState {
  const resources = new Map(stored.resources.map((record) => [record.id, record]));
  const sites = new Map(stored.sites.map((record) => [record.id, record]));
  const facts = groupBy(stored.facts, ({ device }) => device);
  const ledgers = groupBy(stored.ledgers, ({ device }) => device);
  const held = (id: string) => ({
    facts: (facts.get(id) ?? []).map((row) => notFresherThanNew(row.held, now)),
    ledgers: ledgers.get(id) ?? [],
  });
  const state: ControllerState = {
    trustDomain: stored.trustDomain,
    epoch: stored.epoch,
    network: stored.network,
    sites,
    gateways: new Map(stored.gateways.map((row) => [row.id, newGateway(row, held(row.id))])),
    devices: new Map(stored.devices.map((row) => [row.id, newDevice(row, held(row.id))])),
    resources,
    users: new Map((stored.users ?? []).map((record) => [record.id, record])),
    intel: stored.intel,
    policy: storedPolicy(stored, resources, sites),
    // What a ring showed before, and while nobody watched, is not known: its time begins anew.
    rollOut: stored.rollOut
      ? openRollOut({ ...stored.rollOut, sinceAt: now }, { resources, sites })
      : null,
    shadow: stored.shadow ? openShadow(stored.shadow, { resources, sites }) : null,
    watch: openWatch(stored.watch),
    openingsTold: new Set((stored.openings ?? []).map(({ gateway, jti }) => `${gateway} ${jti}`)),
    doors: settings.doors,
    reopenHold: settings.reopenHold,
    protection: { prefixes: [], bypass: [] },
    foreign: new Map(),
    links: new Map(),
    deadlines: emptyDeadlines(),
    dirty: new Set(),
    awaiting: new Map(),
    nextToken: 1,
  };
  for (const { device: id, sighting } of stored.sightings) {
    const device = state.devices.get(id);
    if (device !== undefined) device.risk.sightings = withSighting(device.risk.sightings, sighting);
  }
  for (const { device: id, baseline } of stored.baselines) {
    const device = state.devices.get(id);
    if (device !== undefined) device.risk.baseline = baseline;
  }
  for (const session of stored.userSessions ?? []) {
    const device = state.devices.get(session.device);
    if (device !== undefined) device.session = session;
  }
  for (const request of stored.requests) {
    const device = state.devices.get(request.device);
    if (device !== undefined) keepRequest(device, request, now);
  }
  for (const row of stored.grants) restoreGrant(state, row, now);
  refreshProtection(state);
  scheduleRollOut(state);
  return state;
}

/** A fact that came while the clock was ahead is no fresher than one that comes now. */
function notFresherThanNew(held: HeldFact, now: number): HeldFact {
  const freshForMs = Math.min(held.fact.freshForMs, entryOf(held.fact.signal)?.freshForMs ?? 0);
  const untilAt = Math.min(held.untilAt, now + freshForMs);
  return untilAt === held.untilAt ? held : { ...held, untilAt };
}

/** What the store held of an identity's posture. */
interface HeldPosture {
  readonly facts: readonly HeldFact[];
  readonly ledgers: readonly LedgerRow[];
}

/** Returns a device without links, grants or decisions. */
export function newDevice(record: DeviceRecord, held: HeldPosture): DeviceState {
  return {
    ...newIdentity(held),
    record,
    recoveringUntilAt: 0,
    look: null,
    decisions: new Map(),
    flaps: new Map(),
    permits: new Map(),
    leftOut: new Map(),
    toldOf: new Set(),
    requests: new Map(),
    session: null,
    risk: openRisk(),
    sentVerdict: "",
    verdictVersion: 0,
  };
}

/** Returns a gateway without links or grants. */
export function newGateway(record: GatewayRecord, held: HeldPosture): GatewayState {
  return {
    ...newIdentity(held),
    record,
    holders: new Map(),
    lastLeaseIatMs: 0,
    grantVersion: 0,
  };
}

function newIdentity(held: HeldPosture) {
  return {
    posture: openPosture(held.facts, held.ledgers),
    clones: newCloneWatch(),
    link: null,
    certificateEndsAt: 0,
    configVersion: 0,
    sentConfig: "",
  };
}

function storedPolicy(
  stored: StoredState,
  resources: ControllerState["resources"],
  sites: ControllerState["sites"],
): PolicyInForce {
  const documents = documentsOf(stored.policy);
  const result = putInForce(documents, stored.policy?.version ?? "none", { resources, sites });
  if (result.kind === "compiled") return result.policy;
  throw new Error(`the stored policy does not compile: ${String(result.error.params["why"])}`);
}

function restoreGrant(state: ControllerState, row: GrantRow, now: number): void {
  const device = state.devices.get(row.device);
  const gateway = state.gateways.get(row.gateway);
  if (device?.record.status !== "active" || gateway?.record.status !== "active") return;
  if (row.claims.exp * 1000 <= now) return;
  const permit = device.permits.get(row.gateway) ?? newPermit();
  // Of two live rows (a crash between replacing and ending) the higher version is the truth.
  if (permit.live !== null && permit.live.ver >= row.claims.ver) return;
  if (permit.live !== null) gateway.holders.delete(permit.live.jti);
  permit.live = row.claims;
  permit.applied = new Set(row.claims.access.map(({ r }) => r));
  gateway.holders.set(row.claims.jti, row.device);
  gateway.grantVersion = Math.max(gateway.grantVersion, row.claims.ver);
  device.permits.set(row.gateway, permit);
  device.recoveringUntilAt = now + recoveryMs;
  // Policy and resources may have changed since: what they take away must not wait for the device.
  state.dirty.add(row.device);
}

function groupBy<T>(
  rows: readonly T[],
  key: (row: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
