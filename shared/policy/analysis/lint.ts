/** Findings about a set that compiles: rules that do nothing, too much, or not what they seem to. */
import type { LintOptions } from "./lint-options.ts";
import type { Finding } from "./finding.ts";
import type { PolicySet } from "../compiled-set.ts";
import type { Box } from "./box.ts";
import { exampleInput } from "./example.ts";
import { danglingFindings } from "./dangling.ts";
import { type Judged, judge } from "./judged.ts";
import { authorFindings } from "./own-author.ts";
import { broadFindings } from "./over-broad.ts";
import { shadowedFindings } from "./shadowed.ts";
import { staleFindings } from "./stale.ts";
import { type Space, spaceOf } from "./variables.ts";

/** Returns all findings, sorted by place. */
export function lintPolicies(set: PolicySet, options: LintOptions): readonly Finding[] {
  const space = spaceOf(set);
  const judged = set.policies.map((policy) => judge(policy, space));
  const context = { space, nowAt: options.nowAt };
  const findings = [
    ...judged.flatMap((one) => aloneFindings(one)),
    ...shadowedFindings(set, judged),
    ...broadFindings(set, options),
    ...danglingFindings(set, options),
    ...staleFindings(set, options),
    ...authorFindings(set, options),
  ];
  const byId = new Map(judged.map((one) => [one.policy.definition.id, one]));
  return findings.map((finding) => withExample(finding, byId, context)).sort(byPlace);
}

/** What shows a finding about a policy: a request that the policy is asked about, met where it can be. */
function withExample(
  finding: Finding,
  judged: ReadonlyMap<string, Judged>,
  context: { readonly space: Space; readonly nowAt: number },
): Finding {
  const one = finding.policy === undefined ? undefined : judged.get(finding.policy);
  if (finding.example !== undefined || one === undefined) return finding;
  // An exception that is over is shown as of now, not as of its life.
  const box: Box = new Map([...(one.boxes?.[0] ?? [])].filter(([variable]) => variable !== "now"));
  return { ...finding, example: exampleInput(one.policy.definition, box, context) };
}

function byPlace(left: Finding, right: Finding): number {
  const [one, other] = [left.at, right.at];
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.line - other.line || one.column - other.column || (left.code < right.code ? -1 : 1);
}

function aloneFindings({ policy, boxes }: Judged): readonly Finding[] {
  const { id, at, effect } = policy.definition;
  if (boxes === null) {
    const why = `policy \`${id}\` has too many alternatives to be judged`;
    return [{ code: "SP-627", at, policy: id, why }];
  }
  if (boxes.length > 0) return [];
  const still = effect === "deny" ? ": it denies only where something is unknown" : "";
  const why = `the condition of \`${id}\` can never hold${still}`;
  return [{ code: "SP-620", at, policy: id, why }];
}
