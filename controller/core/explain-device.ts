/** Answers an administrator's "why": decisions as they stand, with the explanation the person sees. */
import { decideReach } from "#shared/policy/decide.ts";
import type { Decision, Explanation } from "#shared/policy/decision.ts";
import { gateOf } from "./access/gate.ts";
import { policyOf } from "./access/policy-of.ts";
import { policyInput } from "./access/policy-input.ts";
import { explanationOf } from "./access/verdict-message.ts";
import type { ControllerState } from "./state.ts";

/** A decision with its explanation. */
export interface ExplainedDecision {
  readonly decision: Decision;
  readonly explanation: Explanation;
}

/** Returns the decisions of a device, of one resource where it is given (id or name); null for an unknown device. */
export function explainDevice(
  state: ControllerState,
  asked: { readonly device: string; readonly resource?: string | undefined },
  now: number,
): readonly ExplainedDecision[] | null {
  const { resource } = asked;
  const device = state.devices.get(asked.device);
  if (device === undefined) return null;
  const gate = gateOf(device, now);
  const input = policyInput(state, device, now);
  const policy = policyOf(state, device.record);
  const explained: ExplainedDecision[] = [];
  for (const found of decideReach(policy.set, input)) {
    const record = state.resources.get(policy.idsByName.get(found.resource) ?? "");
    const decision = record === undefined ? undefined : device.decisions.get(record.id);
    if (record === undefined || decision === undefined) continue;
    if (resource !== undefined && resource !== record.id && resource !== record.name) continue;
    const decided = {
      resource: record,
      found,
      verdict: gate === null ? found : null,
      decision,
    };
    explained.push({ decision, explanation: explanationOf({ state }, { device, input }, decided) });
  }
  return explained;
}
