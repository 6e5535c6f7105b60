import type { ApiContext } from "../context.ts";
import { changeRules } from "#shared/protocol/api/policy-order.ts";

/** The key of the setting. */
export const changeRulesKey = "policyChanges";

/** Returns the rules about changes; nothing set = nobody else has to approve, damaged = somebody has. */
export async function readChangeRules({
  store,
}: Pick<ApiContext, "store">): Promise<{ readonly secondApprover: boolean }> {
  const settings = await store.read("setting.list", undefined);
  const stored = settings[changeRulesKey];
  if (stored === undefined) return { secondApprover: false };
  const rules = changeRules.safeParse(stored);
  return rules.success ? rules.data : { secondApprover: true };
}
