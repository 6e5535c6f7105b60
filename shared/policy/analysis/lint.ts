/** Findings about a set that compiles: rules that do nothing, too much, or not what they seem to. */
import type { CompiledPolicy, PolicySet } from "../compiled-set.ts";
import type { Place } from "../document.ts";
import type { Input } from "../input.ts";
import { areWithin, type Box, boxesOf, productOf } from "./box.ts";
import { exampleInput } from "./example.ts";
import { danglingFindings } from "./dangling.ts";
import { broadFindings } from "./over-broad.ts";
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

/** A policy with the boxes in which it surely holds, a deny also with those in which it surely fails; null = too many. */
interface Judged {
  readonly policy: CompiledPolicy;
  readonly boxes: readonly Box[] | null;
  readonly fails: readonly Box[] | null;
}

/** Returns all findings, sorted by place. */
export function lintPolicies(set: PolicySet, options: LintOptions): readonly Finding[] {
  const space = spaceOf(set);
  const judged = new Map(
    set.policies.map((policy): [CompiledPolicy, Judged] => [policy, judge(policy, space)]),
  );
  const context = { space, nowAt: options.nowAt };
  const findings = [
    ...[...judged.values()].flatMap((one) => aloneFindings(one)),
    ...pairFindings(set, judged, context),
    ...broadFindings(set, options),
    ...danglingFindings(set, options),
    ...staleFindings(set, options),
  ];
  const byId = new Map([...judged.values()].map((one) => [one.policy.definition.id, one]));
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

function judge(policy: CompiledPolicy, space: Space): Judged {
  const { effect, when } = policy.definition;
  const fails = effect === "deny" ? boxesOf(when, space, false) : null;
  return { policy, boxes: boxesOf(when, space), fails };
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

/** Compares policies that share a subject key, the only ones of which one can cover the other. */
function pairFindings(
  set: PolicySet,
  judged: ReadonlyMap<CompiledPolicy, Judged>,
  context: { readonly space: Space; readonly nowAt: number },
): readonly Finding[] {
  const findings: Finding[] = [];
  const found = new Set<string>();
  for (const inner of judged.values()) {
    for (const candidate of mayCover(set, inner.policy)) {
      const outer = judged.get(candidate);
      if (outer === undefined || outer === inner) continue;
      const finding = pairFinding(inner, outer, context);
      if (finding === null || found.has(finding.policy + finding.code)) continue;
      found.add(finding.policy + finding.code);
      findings.push(finding);
    }
  }
  return findings;
}

function mayCover(set: PolicySet, inner: CompiledPolicy): Iterable<CompiledPolicy> {
  const { bySubject } = set;
  const { groups, users, devices, tags, serviceAccounts = [] } = inner.definition.subjects;
  const [account] = serviceAccounts;
  const lists = [
    bySubject.everyone,
    groups[0] === undefined ? undefined : bySubject.groups.get(groups[0]),
    users[0] === undefined ? undefined : bySubject.users.get(users[0]),
    devices[0] === undefined ? undefined : bySubject.devices.get(devices[0]),
    tags[0] === undefined ? undefined : bySubject.tags.get(tags[0]),
    account === undefined ? undefined : bySubject.serviceAccounts.get(account),
  ];
  return new Set(lists.flatMap((list) => list?.policies ?? []));
}

function pairFinding(
  inner: Judged,
  outer: Judged,
  context: { readonly space: Space; readonly nowAt: number },
): (Finding & { policy: string }) | null {
  const [one, other] = [inner.policy.definition, outer.policy.definition];
  if (one.mode === "shadow" || other.mode === "shadow" || !covers(inner, outer)) return null;
  const [box] = inner.boxes ?? [];
  const example = box === undefined ? undefined : exampleInput(one, box, context);
  const finding = { at: one.at, policy: one.id, example };
  if (one.effect === "allow" && other.effect === "deny") {
    const why = `\`${one.id}\` never allows anything: \`${other.id}\` denies all of it`;
    return { ...finding, code: "SP-622", why };
  }
  if (one.effect !== other.effect || asksMore(inner.policy)) return null;
  // Of two that say the same, the later id is the one too many.
  if (covers(outer, inner) && !asksMore(outer.policy) && one.id < other.id) return null;
  const why = `\`${one.id}\` adds nothing: \`${other.id}\` already ${other.effect === "deny" ? "denies" : "allows"} all of it`;
  return { ...finding, code: "SP-621", why };
}

/** An allow with an obligation of its own adds that, even where it opens nothing new. */
function asksMore({ definition }: CompiledPolicy): boolean {
  const { require, leaseSeconds } = definition;
  return require.stepUp !== undefined || require.recordSession || leaseSeconds !== undefined;
}

function covers(inner: Judged, outer: Judged): boolean {
  if (inner.boxes === null || outer.boxes === null || inner.boxes.length === 0) return false;
  return (
    coversSubjects(inner.policy, outer.policy) &&
    inner.policy.resources.every(
      (word, index) => (word & ~(outer.policy.resources[index] ?? 0)) === 0,
    ) &&
    inner.policy.resources.some((word) => word !== 0) &&
    coversStates(inner, outer)
  );
}

/** An allow matches where it surely holds, a deny wherever it does not surely fail: unknown counts for it. */
function coversStates(inner: Judged, outer: Judged): boolean {
  if (outer.policy.definition.effect === "allow") {
    return areWithin(inner.boxes ?? [], outer.boxes ?? []);
  }
  if (outer.fails === null) return false;
  if (inner.policy.definition.effect === "deny") {
    return inner.fails !== null && areWithin(outer.fails, inner.fails);
  }
  return productOf([inner.boxes, outer.fails])?.length === 0;
}

function coversSubjects(inner: CompiledPolicy, outer: CompiledPolicy): boolean {
  const [one, other] = [inner.definition.subjects, outer.definition.subjects];
  if (inner.applies.some((applies, type) => applies && outer.applies[type] !== true)) return false;
  if (other.groups.includes("*")) return true;
  const within = (names: readonly string[], more: readonly string[]) =>
    names.every((name) => more.includes(name));
  return (
    within(one.groups, other.groups) &&
    within(one.users, other.users) &&
    within(one.devices, other.devices) &&
    within(one.tags, other.tags) &&
    within(one.serviceAccounts ?? [], other.serviceAccounts ?? [])
  );
}
