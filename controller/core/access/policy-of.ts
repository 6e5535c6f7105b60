import { hasNewSet } from "#shared/policy/analysis/roll-out.ts";
import type { DeviceRecord } from "../record.ts";
import type { ControllerState } from "../state.ts";
import type { PolicyInForce } from "./policy-in-force.ts";

/** Returns the set that decides about a device: the new one where a roll-out has reached its ring. */
export function policyOf(
  state: Pick<ControllerState, "policy" | "rollOut">,
  device: Pick<DeviceRecord, "groups">,
): PolicyInForce {
  const { policy, rollOut } = state;
  if (rollOut === null || !hasNewSet(rollOut.rings, rollOut, device.groups)) return policy;
  return rollOut.policy;
}
