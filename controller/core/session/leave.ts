import type { Step } from "../context.ts";
import { takeChanges } from "../record-change.ts";
import type { DeviceState, GatewayState } from "../state.ts";

/** Ends the identity of a member that says it left: nobody comes back by a copy of what it deleted. */
export function takeLeave(step: Step, { record: former }: DeviceState | GatewayState): void {
  if (former.status === "revoked") return;
  const { id: identity, role } = former;
  const write = { kind: "identityLeft", role, identity, at: step.now } as const;
  step.effects.push({ kind: "write", token: null, writes: [write] });
  const status = "revoked";
  takeChanges(step, [
    former.role === "device"
      ? { kind: "device", record: { ...former, status } }
      : { kind: "gateway", record: { ...former, status } },
  ]);
}
