import type { CompiledPolicy, PolicySet } from "../compiled-set.ts";
import type { Condition } from "../condition.ts";
import type { LevelDefinition } from "../document.ts";
import type { LintOptions } from "./lint-options.ts";
import { accessMax } from "../../grant/grant-room.ts";
import type { Finding } from "./finding.ts";

const everyoneMax = 50;

/**
 * Returns W623 for allows that open much to everyone, or something sensitive without looking at the
 * device, and W629 for those that open more at a site than a grant has room for.
 */
export function broadFindings(set: PolicySet, options: LintOptions): readonly Finding[] {
  const levels = new Map(set.levels.map(({ definition }) => [definition.name, definition]));
  return set.policies.flatMap((policy) => {
    const { id, at, effect, subjects, when } = policy.definition;
    if (effect === "deny") return [];
    const looksAt = kindsIn(when, levels);
    const count = countOf(policy);
    const most = options.everyoneMax ?? everyoneMax;
    const findings: Finding[] = [];
    if (subjects.groups.includes("*") && !looksAt.has("signal") && count > most) {
      const why = `\`${id}\` opens ${count} resources to everyone without looking at the device`;
      findings.push({ code: "SP-623", at, policy: id, why });
    }
    const resources = resourcesOf(set, policy);
    for (const [site, there] of countBySite(resources)) {
      if (there <= accessMax) continue;
      const why = `\`${id}\` opens ${there} resources at site \`${site}\`, of which a device reaches ${accessMax}`;
      findings.push({ code: "SP-629", at, policy: id, why });
    }
    const sensitive = resources.find(({ sensitivity }) => sensitivity === "high");
    const bounded = ["time", "risk", "elevation", "until"].some((kind) => looksAt.has(kind));
    if (sensitive !== undefined && !(looksAt.has("signal") && bounded)) {
      const missing = looksAt.has("signal") ? "a bound by time, risk or elevation" : "any posture";
      const why = `\`${id}\` opens the sensitive resource \`${sensitive.name}\` without ${missing}`;
      findings.push({ code: "SP-623", at, policy: id, why });
    }
    return findings;
  });
}

function resourcesOf(set: PolicySet, policy: CompiledPolicy): PolicySet["resources"] {
  return set.resources.filter(
    (_, index) => ((policy.resources[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0,
  );
}

function countBySite(resources: PolicySet["resources"]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { site } of resources) counts.set(site, (counts.get(site) ?? 0) + 1);
  return counts;
}

function countOf(policy: CompiledPolicy): number {
  let count = 0;
  for (const word of policy.resources) {
    for (let mask = word; mask !== 0; mask &= mask - 1) count += 1;
  }
  return count;
}

/** Returns the kinds of leaves that a condition reads, through levels. */
function kindsIn(
  condition: Condition | undefined,
  levels: ReadonlyMap<string, LevelDefinition>,
): ReadonlySet<string> {
  const kinds = new Set<string>();
  const visit = (part: Condition | undefined): void => {
    if (part === undefined) return;
    if (part.kind === "all" || part.kind === "any") part.of.forEach(visit);
    else if (part.kind === "not") visit(part.of);
    else if (part.kind === "level") visit(levels.get(part.level)?.when);
    else kinds.add(part.kind);
  };
  visit(condition);
  return kinds;
}
