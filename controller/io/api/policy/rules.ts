import type { ApiContext } from "../context.ts";
import { changeRules } from "./schemas.ts";

/** The key of the setting. */
export const changeRulesKey = "policyChanges";

/** Returns the rules about changes; nothing set = nobody else has to approve. */
export async function readChangeRules({
  store,
}: Pick<ApiContext, "store">): Promise<{ readonly secondApprover: boolean }> {
  const settings = await store.read("setting.list", undefined);
  const rules = changeRules.safeParse(settings[changeRulesKey]);
  return rules.success ? rules.data : { secondApprover: false };
}
