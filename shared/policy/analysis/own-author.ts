import type { PolicySet } from "../compiled-set.ts";
import type { Finding } from "./finding.ts";
import type { LintOptions } from "./lint-options.ts";

/**
 * Returns W628 for denies that always hold and name whoever asks, or their own `owner`. One with a
 * condition is left to the plan, which sees whom it hits now.
 */
export function authorFindings(set: PolicySet, { author }: LintOptions): readonly Finding[] {
  return set.policies.flatMap(({ definition, condition, enforced }) => {
    const { id, at, effect, owner, subjects } = definition;
    if (effect !== "deny" || condition !== null || !enforced) return [];
    const name =
      subjects.users.find((user) => user === owner || author?.includes(user) === true) ??
      // An owner is a team as often as a person.
      subjects.groups.find((group) => group === owner);
    if (name === undefined) return [];
    return [
      { code: "SP-628", at, policy: id, why: `\`${id}\` denies its own author, \`${name}\`` },
    ];
  });
}
