/** Takes changed records into the state and brings everybody whom they touch up to date. */
import { closeRevoked } from "./access/opening.ts";
import { evaluateDevice } from "./access/evaluate.ts";
import { sendGatewayConfig } from "./access/gateway-config.ts";
import { sendSnapshot } from "./access/gateway-stream.ts";
import { documentsOf, putInForce } from "./access/policy-in-force.ts";
import { refreshProtection } from "./access/protected.ts";
import type { Step } from "./context.ts";
import { markAllDirty } from "./dirty.ts";
import { newDevice, newGateway } from "./open-state.ts";
import type { DeviceRecord, GatewayRecord, PolicyRecord, RecordChange } from "./record.ts";
import type { ControllerState } from "./state.ts";

const nothingHeld = { facts: [], ledgers: [] };

/** Applies one change; narrowing of one device is carried out within this same step. */
export function takeChange(step: Step, change: RecordChange): void {
  const { state } = step;
  switch (change.kind) {
    case "device":
      return changeDevice(step, change.record);
    case "gateway":
      return changeGateway(step, change.record);
    case "site":
      state.sites.set(change.record.id, change.record);
      return changeResources(step);
    case "resource":
      state.resources.set(change.record.id, change.record);
      return changeResources(step);
    case "resourceRemoved":
      state.resources.delete(change.id);
      return changeResources(step);
    case "network":
      state.network = change.record;
      return changeResources(step);
    case "policy":
      return changePolicy(step, change.record);
  }
}

/** Compiles the set anew where resources changed; where that fails the former set stays, over fewer resources. */
export function refreshPolicy(step: Step): void {
  const { state } = step;
  if (!state.policyStale) return;
  state.policyStale = false;
  usePolicy(step, state.policy.documents, state.policy.version);
}

function changePolicy(step: Step, record: PolicyRecord): void {
  step.state.policyStale = false;
  usePolicy(step, documentsOf(record), record.version);
  markAllDirty(step.state);
}

function usePolicy(
  step: Step,
  documents: ControllerState["policy"]["documents"],
  version: string,
): void {
  const { state } = step;
  const result = putInForce(documents, version, state);
  if (result.kind === "compiled") state.policy = result.policy;
  else step.effects.push({ kind: "alarm", subject: "policy", error: result.error });
}

function changeResources(step: Step): void {
  const { state } = step;
  state.policyStale = true;
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
  refreshPolicy(step);
  evaluateDevice(step, device);
  if (record.status === "revoked" && device.link !== null) {
    closeRevoked(step, device.link.id, record.id);
  }
}

function changeGateway(step: Step, record: GatewayRecord): void {
  const { state } = step;
  const gateway = state.gateways.get(record.id) ?? newGateway(record, nothingHeld);
  const wasActive = gateway.record.status === "active" && state.gateways.has(record.id);
  gateway.record = record;
  state.gateways.set(record.id, gateway);
  refreshProtection(state);
  sendGatewayConfig(step, gateway);
  if (record.status === "active" && !wasActive) sendSnapshot(step, gateway);
  if (record.status === "revoked" && gateway.link !== null) {
    closeRevoked(step, gateway.link.id, record.id);
  }
  markAllDirty(state);
}
