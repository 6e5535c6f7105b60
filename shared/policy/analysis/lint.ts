/** Findings about a set that compiles: rules that do nothing, too much, or not what they seem to. */
import type { PolicySet } from "../compiled-set.ts";
import type { Place } from "../document.ts";
import type { Input } from "../input.ts";
import type { Box } from "./box.ts";
import { exampleInput } from "./example.ts";
import { danglingFindings } from "./dangling.ts";
import { type Judged, judge } from "./judged.ts";
import { broadFindings } from "./over-broad.ts";
import { shadowedFindings } from "./shadowed.ts";
import { staleFindings, type Usage } from "./stale.ts";
import { type Space, spaceOf } from "./variables.ts";

/** Codes of findings, `SP-6nn` of the error table, shown as `W6nn`. */
export type FindingCode =
  "SP-620" | "SP-621" | "SP-622" | "SP-623" | "SP-624" | "SP-625" | "SP-626" | "SP-627";

/** One finding; `example` is a request that shows it, where the finding is about a policy. */
export interface Finding {
  readonly code: FindingCode;
  readonly at: Place;
  readonly policy?: string | undefined;
  readonly why: string;
  readonly example?: Input | undefined;
}

/** Returns `file:line:column: W6nn why`. */
export function formatFinding({ code, at, why }: Finding): string {
  return `${at.file}:${at.line}:${at.column}: ${code.replace("SP-", "W")} ${why}`;
}

/** What lint needs to know beside the documents. */
export interface LintOptions {
  readonly nowAt: number;
  /** When policies last matched and last decided; absent where there is no record. */
  readonly usage?: ReadonlyMap<string, Usage> | undefined;
  /** Groups that exist; absent where the identity source is not at hand. */
  readonly groups?: ReadonlySet<string> | undefined;
  /** More resources than this for everyone are too many. */
  readonly everyoneMax?: number | undefined;
}

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
