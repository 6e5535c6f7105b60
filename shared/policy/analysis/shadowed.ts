/** Policies to which others, one or several together, leave nothing. */
import type { CompiledPolicy, PolicySet } from "../compiled-set.ts";
import { asksMore, type Judged } from "./judged.ts";
import type { Finding } from "./finding.ts";
import { coveredBy } from "./union.ts";

const idsShownMax = 4;

/**
 * Returns what is shadowed. Later ids are looked at first, and what was found superfluous covers
 * nobody else, so that all that is named can go at once.
 */
export function shadowedFindings(set: PolicySet, judged: readonly Judged[]): readonly Finding[] {
  const enforced = judged.filter(({ policy }) => policy.enforced);
  const byEffect = (effect: "allow" | "deny") =>
    new Map(
      enforced
        .filter(({ policy }) => policy.definition.effect === effect)
        .map((one): [CompiledPolicy, Judged] => [one.policy, one]),
    );
  const [allows, denies] = [byEffect("allow"), byEffect("deny")];
  const findings: Finding[] = [];
  for (const inner of inOrder(enforced)) {
    const { id, at, effect } = inner.policy.definition;
    const deniedBy = effect === "allow" ? coveredBy(inner, set, denies) : null;
    if (deniedBy !== null) {
      const why = `\`${id}\` never allows anything: ${saying(deniedBy, "deny")} all of it`;
      findings.push({ code: "SP-622", at, policy: id, why });
    }
    if (asksMore(inner.policy)) continue;
    const alike = effect === "allow" ? allows : denies;
    const said = coveredBy(inner, set, alike);
    if (said === null) continue;
    alike.delete(inner.policy);
    const why = `\`${id}\` adds nothing: ${saying(said, effect, "already ")} all of it`;
    findings.push({ code: "SP-621", at, policy: id, why });
  }
  return findings;
}

function inOrder(judged: readonly Judged[]): readonly Judged[] {
  const id = ({ policy }: Judged): string => policy.definition.id;
  return [...judged].sort((one, other) => (id(one) < id(other) ? 1 : -1));
}

const verbs = { allow: ["allows", "allow"], deny: ["denies", "deny"] } as const;

function saying(ids: readonly string[], effect: "allow" | "deny", already = ""): string {
  const [one, several] = verbs[effect];
  const shown = ids.slice(0, idsShownMax).map((id) => `\`${id}\``);
  if (ids.length === 1) return `${shown[0]} ${already}${one}`;
  const hidden = ids.length - shown.length;
  const last = hidden > 0 ? `${hidden} more` : shown.pop();
  return `${shown.join(", ")} and ${last} together ${already}${several}`;
}
