import { documentsOf, putInForce } from "../access/policy-in-force.ts";
import type { ShadowRecord } from "../record.ts";
import type { ControllerState } from "../state.ts";
import type { ShadowSet } from "./watch.ts";

/** Returns the set to compare with, or null where it does not compile with the resources held. */
export function openShadow(
  { policy, startedAt }: ShadowRecord,
  held: Pick<ControllerState, "resources" | "sites">,
): ShadowSet | null {
  const result = putInForce(documentsOf(policy), policy.version, held);
  return result.kind === "compiled" ? { policy: result.policy, startedAt } : null;
}
