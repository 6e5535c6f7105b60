import type { Usage } from "./lint-options.ts";
import { exceptionMaxDays } from "../compile-leaf.ts";
import type { PolicySet } from "../compiled-set.ts";
import type { LintOptions } from "./lint-options.ts";
import type { Finding } from "./finding.ts";
import { dayMs } from "../../base/time-span.ts";

const staleDays = 90;

/** Returns W624 for policies without use in 90 days of record, W625 for exceptions that ended or have not begun. */
export function staleFindings(set: PolicySet, options: LintOptions): readonly Finding[] {
  const { nowAt, usage } = options;
  return set.policies.flatMap(({ definition: { id, at, exception } }): readonly Finding[] => {
    const findings: Finding[] = [];
    const used = usage?.get(id);
    const why = used === undefined ? null : staleness(used, nowAt);
    if (why !== null) findings.push({ code: "SP-624", at, policy: id, why: `\`${id}\` ${why}` });
    if (exception !== undefined && exception.expiresAt <= nowAt) {
      const text = `exception \`${id}\` (${exception.ticket}) has ended; remove it`;
      findings.push({ code: "SP-625", at, policy: id, why: text });
    }
    if (exception !== undefined && exception.expiresAt > nowAt + exceptionMaxDays * dayMs) {
      const text = `exception \`${id}\` ends in more than ${exceptionMaxDays} days: it opens nothing before`;
      findings.push({ code: "SP-625", at, policy: id, why: text });
    }
    return findings;
  });
}

function staleness({ sinceAt, matchedAt, decisiveAt }: Usage, nowAt: number): string | null {
  const longAgo = nowAt - staleDays * dayMs;
  if (sinceAt > longAgo) return null;
  if ((matchedAt ?? 0) < longAgo) return `has matched nothing for ${staleDays} days`;
  if ((decisiveAt ?? 0) >= longAgo) return null;
  return `has decided nothing for ${staleDays} days: others always said the same`;
}
