/** What closes everything for a device before any policy is asked. */
import type { Reason } from "#shared/policy/decision.ts";
import { isCloned } from "../admission/clone-watch.ts";
import type { DeviceState } from "../state.ts";

/** Returns why the device may reach nothing, or null when policy decides. */
export function gateOf(device: DeviceState, now: number): Reason | null {
  switch (device.record.status) {
    case "active":
      return isCloned(device.clones, now)
        ? { code: "quarantined", params: { because: "cloned" } }
        : null;
    case "quarantined":
      return { code: "quarantined", params: {} };
    case "revoked":
      return { code: "revoked", params: {} };
    case "pending":
      return { code: "approval_needed", params: {} };
    case "unattested":
      return { code: "approval_needed", params: { because: "unattested" } };
  }
}
