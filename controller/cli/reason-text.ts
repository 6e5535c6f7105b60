/** Decisions in words for administrators. */
import type { Unmet } from "#shared/policy/decision.ts";

type Params = Unmet["reason"]["params"];

const texts: Readonly<Record<Unmet["reason"]["code"], (params: Params) => string>> = {
  no_rule: () => "no rule allows this",
  level_not_met: (params) => `level \`${params["level"] ?? ""}\` is not met`,
  fact_unknown: (params) => `${params["signal"] ?? "a fact"} is not known`,
  fact_stale: (params) => `${params["signal"] ?? "a fact"} is too old`,
  group_missing: () => "neither user nor device is in a group of the rule",
  outside_hours: () => "outside the hours of the rule",
  step_up_needed: () => "a stronger sign-in is needed",
  sign_in_needed: () => "a sign-in is needed",
  quarantined: () => "the device is quarantined",
  revoked: () => "the device was revoked",
  risk: () => "the risk is too high",
  denied_by_rule: () => "a rule denies this",
  approval_needed: () => "an approval is needed",
  evaluation_error: () => "a rule could not be evaluated",
};

/** Returns what did not hold, with the values that were wanted and seen. */
export function unmetText(unmet: Unmet): string {
  const { code, params } = unmet.reason;
  const values = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`);
  const detail = values.length === 0 ? "" : ` (${values.join(", ")})`;
  return `${unmet.policy}: ${texts[code](params)}${detail}`;
}
