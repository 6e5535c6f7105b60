/** Takes changed records into the state and brings everybody whom they touch up to date. */
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import { evaluateDevice } from "./access/evaluate.ts";
import { sendGatewayConfig } from "./access/gateway-config.ts";
import { sendStanding } from "./access/gateway-standing.ts";
import { sendSnapshot } from "./access/gateway-stream.ts";
import { closeRevoked } from "./access/opening.ts";
import { documentsOf, type PolicyInForce, putInForce } from "./access/policy-in-force.ts";
import { refreshProtection } from "./access/protected.ts";
import type { Step } from "./context.ts";
import type { AccessRequest } from "./elevation/access-request.ts";
import { endOfResource, keepRequest } from "./elevation/elevations.ts";
import { markAllDirty } from "./dirty.ts";
import { newDevice, newGateway } from "./open-state.ts";
import type { DeviceRecord, GatewayRecord, PolicyRecord, RecordChange } from "./record.ts";
import { openRollOut, scheduleRollOut } from "./roll-out/roll-out.ts";
import { openShadow } from "./watch/shadow-set.ts";
import { setTrial, trialKind } from "./watch/trial-name.ts";
import { changeSession, changeUser } from "./person/person-change.ts";
import type { ControllerState } from "./state.ts";

type PersonChange = Extract<RecordChange, { kind: "user" | "userSession" }>;

const nothingHeld = { facts: [], ledgers: [] };

/** Applies changes that belong together; narrowing of single devices is carried out within this same step. */
export function takeChanges(step: Step, changes: readonly RecordChange[]): void {
  const { state } = step;
  let policy: PolicyRecord | null = null;
  let shared = false;
  const identities: (DeviceRecord | GatewayRecord)[] = [];
  const requests: AccessRequest[] = [];
  const people: PersonChange[] = [];
  for (const change of changes) {
    if (change.kind === "device" || change.kind === "gateway") identities.push(change.record);
    else if (change.kind === "intel") useIntel(state, change.record);
    else if (change.kind === "accessRequest") requests.push(change.record);
    else if (change.kind === "user" || change.kind === "userSession") people.push(change);
    else if (change.kind !== "shadow") shared = true;
    if (change.kind === "policy") policy = change.record;
    else keepShared(state, change);
  }
  if (shared) usePolicy(step, policy);
  for (const record of identities) {
    if (record.role === "device") changeDevice(step, record);
    else changeGateway(step, record);
  }
  for (const change of changes) {
    if (change.kind === "resourceRemoved") endOfResource(step, change.id);
  }
  for (const request of requests) takeRequest(step, request);
  for (const change of people) {
    if (change.kind === "user") changeUser(step, change.id, change.record);
    else changeSession(step, change.device, change.record);
  }
  if (shared) tellAll(step);
}

/** An answered request is felt at once: closing and opening go their own ways from here. */
function takeRequest(step: Step, request: AccessRequest): void {
  const device = step.state.devices.get(request.device);
  if (device === undefined) return;
  keepRequest(device, request, step.now);
  evaluateDevice(step, device);
}

function keepShared(state: ControllerState, change: RecordChange): void {
  switch (change.kind) {
    case "site":
      state.sites.set(change.record.id, change.record);
      return;
    case "siteRemoved":
      state.sites.delete(change.id);
      return;
    case "resource":
      state.resources.set(change.record.id, change.record);
      return;
    case "resourceRemoved":
      state.resources.delete(change.id);
      return;
    case "network":
      state.network = change.record;
      return;
    case "rollOut":
      state.rollOut = change.record === null ? null : openRollOut(change.record, state);
      return;
    case "shadow":
      state.shadow = change.record === null ? null : openShadow(change.record, state);
      forgetOtherSets(state);
      // The report shall not wait until each device has something new to say.
      if (state.shadow !== null) markAllDirty(state);
      return;
    case "device":
    case "gateway":
    case "policy":
    case "intel":
    case "accessRequest":
    case "user":
    case "userSession":
      return;
  }
}

/** What vendors published decides about everybody's system. */
function useIntel(state: ControllerState, record: OsIntelBundle): void {
  state.intel = record;
  markAllDirty(state);
}

function forgetOtherSets({ shadow, watch }: ControllerState): void {
  for (const trial of watch.trials.keys()) {
    if (trialKind(trial) === "policy" || trial === setTrial(shadow?.policy.version ?? "")) continue;
    watch.trials.delete(trial);
    watch.unkept.trials.delete(trial);
    for (const key of watch.unkept.differences.keys()) {
      if (key.startsWith(`${trial} `)) watch.unkept.differences.delete(key);
    }
  }
}

/** Compiles anew; where that fails the former set stays, and resources that are gone stay closed. */
function usePolicy(step: Step, record: PolicyRecord | null): void {
  const { state } = step;
  const documents = record === null ? state.policy.documents : documentsOf(record);
  const version = record?.version ?? state.policy.version;
  const result = putInForce(documents, version, state);
  if (result.kind === "compiled") state.policy = result.policy;
  else step.effects.push({ kind: "alarm", subject: "policy", error: result.error });
  recompileOthers(state);
  scheduleRollOut(state);
}

/** Sets beside the one in force know the same resources; one that does not compile stays as it was. */
function recompileOthers(state: ControllerState): void {
  const { rollOut, shadow } = state;
  const again = ({ documents, version }: PolicyInForce) => putInForce(documents, version, state);
  const rolled = rollOut === null ? null : again(rollOut.policy);
  if (rollOut !== null && rolled?.kind === "compiled") rollOut.policy = rolled.policy;
  const shadowed = shadow === null ? null : again(shadow.policy);
  if (shadow !== null && shadowed?.kind === "compiled") {
    state.shadow = { ...shadow, policy: shadowed.policy };
  }
}

function tellAll(step: Step): void {
  const { state } = step;
  refreshProtection(state);
  for (const gateway of state.gateways.values()) sendGatewayConfig(step, gateway);
  markAllDirty(state);
}

function changeDevice(step: Step, record: DeviceRecord): void {
  const { state } = step;
  const device = state.devices.get(record.id);
  if (device === undefined) {
    state.devices.set(record.id, newDevice(record, nothingHeld));
    return;
  }
  const former = device.record;
  device.record = record;
  // An administrator's release also ends the suspicion of a clone.
  if (former.status !== record.status) device.clones.clonedUntilAt = 0;
  evaluateDevice(step, device);
  if (former.status !== record.status) {
    for (const gateway of state.gateways.values()) sendGatewayConfig(step, gateway);
  }
  if (record.status === "revoked" && device.link !== null) {
    closeRevoked(step, device.link.id, record.id);
  }
}

function changeGateway(step: Step, record: GatewayRecord): void {
  const { state } = step;
  const known = state.gateways.get(record.id);
  const former = known?.record.status;
  const gateway = known ?? newGateway(record, nothingHeld);
  gateway.record = record;
  state.gateways.set(record.id, gateway);
  refreshProtection(state);
  sendGatewayConfig(step, gateway);
  if (record.status === "active" && former !== "active") sendSnapshot(step, gateway);
  if (former === "quarantined" || record.status === "quarantined") sendStanding(step, gateway);
  if (record.status === "revoked" && gateway.link !== null) {
    closeRevoked(step, gateway.link.id, record.id);
  }
  markAllDirty(state);
}
