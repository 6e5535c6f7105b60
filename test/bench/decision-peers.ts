/** The same requests through Cedar and CEL: what others take for what this evaluator does. */
import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { parse } from "@marcbachmann/cel-js";
import type { Condition, SignalCondition } from "#shared/policy/condition.ts";
import type { PolicyDefinition } from "#shared/policy/document.ts";
import type { Input } from "#shared/policy/input.ts";
import type { Workload } from "./policy-workload.ts";

const setId = "bench";

/** An engine that is ready; `allows` decides one request. */
export interface Peer {
  readonly name: string;
  readonly loadMs: number;
  allows(input: Input, resource: string): boolean;
}

/** What the engines see of an input; the window of time is decided for them beforehand. */
type Seen = Readonly<Record<string, number | string | boolean>>;

/** Cedar over all policies at once: it has its own targets, so nothing is sorted out for it. */
export function cedarPeer({ document, catalogue }: Workload): Peer {
  const from = performance.now();
  const text = document.policies.map(cedarPolicy).join("\n");
  const parsed = preparsePolicySet(setId, { staticPolicies: text });
  if (parsed.type === "failure") throw new Error(JSON.stringify(parsed.errors));
  const loadMs = performance.now() - from;
  const tags = new Map(document.resources.map(({ name, tags: held }) => [name, held]));
  const names = catalogue.map(({ signal }) => signal);
  return {
    name: "Cedar (wasm), all policies",
    loadMs,
    allows(input, resource) {
      const principal = { type: "User", id: input.user?.id ?? "" };
      const target = { type: "Resource", id: resource };
      const groups = (input.user?.groups ?? []).map((id) => ({ type: "Group", id }));
      const labels = (tags.get(resource) ?? []).map((id) => ({ type: "Tag", id }));
      const answer = statefulIsAuthorized({
        principal,
        action: { type: "Action", id: "connect" },
        resource: target,
        context: seenOf(input, names),
        preparsedPolicySetId: setId,
        entities: [
          { uid: principal, attrs: {}, parents: groups },
          { uid: target, attrs: {}, parents: labels },
        ],
      });
      if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
      return answer.response.decision === "allow";
    },
  };
}

/** CEL has conditions only, so it is given our index: the policies of a group and a tag. */
export function celPeer({ document, catalogue }: Workload): Peer {
  const from = performance.now();
  const byKey = new Map<string, { denies: boolean; holds: (seen: Seen) => unknown }[]>();
  for (const policy of document.policies) {
    const [group, tag] = [policy.subjects.groups[0], policy.resources.tags[0]];
    const holds = parse(leavesOf(policy).map(celLeaf).join(" && "));
    const key = `${group} ${tag}`;
    byKey.set(key, [...(byKey.get(key) ?? []), { denies: policy.effect === "deny", holds }]);
  }
  const loadMs = performance.now() - from;
  const tags = new Map(document.resources.map(({ name, tags: held }) => [name, held]));
  const names = catalogue.map(({ signal }) => signal);
  return {
    name: "CEL (@marcbachmann/cel-js) behind our index",
    loadMs,
    allows(input, resource) {
      const seen = seenOf(input, names);
      let allowed = false;
      for (const group of new Set(input.user?.groups ?? [])) {
        for (const tag of tags.get(resource) ?? []) {
          for (const { denies, holds } of byKey.get(`${group} ${tag}`) ?? []) {
            if (holds(seen) !== true) continue;
            if (denies) return false;
            allowed = true;
          }
        }
      }
      return allowed;
    },
  };
}

function seenOf(input: Input, names: readonly string[]): Seen {
  const seen: Record<string, number | string | boolean> = {
    risk: input.risk.session,
    inHours: true,
  };
  for (const name of names) {
    const reading = input.facts.get(name)?.reading;
    if (reading?.kind === "known" && !Array.isArray(reading.value)) {
      seen[plain(name)] = reading.value as number | string | boolean;
    }
  }
  return seen;
}

function cedarPolicy(policy: PolicyDefinition): string {
  const [group, tag] = [policy.subjects.groups[0], policy.resources.tags[0]];
  const verb = policy.effect === "deny" ? "forbid" : "permit";
  const when = leavesOf(policy).map(cedarLeaf).join(" && ");
  return `${verb}(principal in Group::"${group}", action, resource in Tag::"${tag}") when { ${when} };`;
}

function leavesOf({ when }: PolicyDefinition): readonly Condition[] {
  if (when?.kind !== "all") throw new Error("the workload has conjunctions only");
  return when.of;
}

function cedarLeaf(leaf: Condition): string {
  if (leaf.kind !== "signal")
    return leaf.kind === "risk" ? riskText("context.", leaf) : "context.inHours";
  const held = `context.${plain(leaf.signal)}`;
  if (leaf.test.operator !== "in") return comparison(held, leaf);
  return `[${leaf.test.operands.map((one) => JSON.stringify(one)).join(", ")}].contains(${held})`;
}

function celLeaf(leaf: Condition): string {
  if (leaf.kind !== "signal") return leaf.kind === "risk" ? riskText("", leaf) : "inHours";
  const held = plain(leaf.signal);
  if (leaf.test.operator !== "in") return comparison(held, leaf);
  return `${held} in [${leaf.test.operands.map((one) => JSON.stringify(one)).join(", ")}]`;
}

function riskText(prefix: string, leaf: Extract<Condition, { kind: "risk" }>): string {
  return `${prefix}risk < ${leaf.operand}`;
}

function comparison(held: string, { test }: SignalCondition): string {
  if (test.operator === "in") throw new Error("sets are compared elsewhere");
  const { operator, operand } = test;
  if (operator === "is") return `${held} == ${JSON.stringify(operand)}`;
  return `${held} ${operator === "atMost" ? "<=" : ">"} ${String(operand)}`;
}

function plain(signal: string): string {
  return signal.replace(/\W/g, "_");
}
