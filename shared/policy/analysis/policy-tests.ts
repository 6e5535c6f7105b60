/** Runs the tests that stand beside policies: an input on which the policy decides, changed as given. */
import type { CatalogueEntry } from "../../posture/catalogue-entry.ts";
import type { SignalValue } from "../../posture/fact.ts";
import { parseInstant } from "../civil-time.ts";
import { covers } from "../candidates.ts";
import type { CompiledPolicy, PolicySet } from "../compiled-set.ts";
import type { PolicyTest } from "../document.ts";
import type { Place } from "../place.ts";
import { decide } from "../decide.ts";
import { unmetOf } from "../explain.ts";
import type { FactView, Input } from "../input.ts";
import { nearestName } from "../parse/nearest-name.ts";
import { baselineOf } from "./baseline.ts";
import { moveTo } from "./move-input.ts";
import { spaceOf } from "./variables.ts";

/** What became of one test; `why` says it in one sentence where it failed. */
export interface PolicyTestResult {
  readonly policy: string;
  readonly at: Place;
  readonly passed: boolean;
  readonly why?: string | undefined;
}

/** Runs all tests of a set; `nowAt` is the instant that they start from. */
export function runPolicyTests(set: PolicySet, nowAt: number): readonly PolicyTestResult[] {
  const space = spaceOf(set);
  return set.policies.flatMap((policy) =>
    (policy.definition.tests ?? []).map((test): PolicyTestResult => {
      const { id } = policy.definition;
      const resource = resourceOf(set, policy, test);
      const failed = (why: string) => ({ policy: id, at: test.at, passed: false, why });
      if (resource === undefined) return failed(`\`${id}\` covers no such resource`);
      const start = baselineOf(set, policy, { space, nowAt, resource });
      if (start === null) return failed(`no input was found on which \`${id}\` decides`);
      const changed = changeInput(set, start, test);
      if (typeof changed === "string") return failed(changed);
      const why = judge(set, { test, resource, input: changed, policy: id });
      return why === null ? { policy: id, at: test.at, passed: true } : failed(why);
    }),
  );
}

function resourceOf(set: PolicySet, policy: CompiledPolicy, test: PolicyTest): string | undefined {
  const covered = set.resources.filter((_, index) => covers(policy, index));
  const { resource } = test;
  return covered.find(({ name }) => resource === undefined || name === resource)?.name;
}

function judge(
  set: PolicySet,
  run: { test: PolicyTest; resource: string; input: Input; policy: string },
): string | null {
  const { test, resource, input, policy } = run;
  const { effect, determinedBy } = decide(set, input, resource);
  if (effect !== test.expect) {
    const by = determinedBy.length === 0 ? "" : ` by ${determinedBy.join(", ")}`;
    return `expected ${test.expect} to ${resource}, got ${effect}${by}`;
  }
  const { because } = test;
  if (because === undefined) return null;
  const reasons = unmetOf(set, input, resource)
    .filter((unmet) => unmet.policy === policy)
    .map((unmet) => unmet.signal ?? String(unmet.reason.params["score"] ?? unmet.reason.code));
  const denied = effect === "deny" ? determinedBy : [];
  if ([...reasons, ...denied].some((reason) => isNamed(reason, because))) return null;
  return `expected ${effect} because of ${because}, got ${[...reasons, ...denied].join(", ") || "no reason"}`;
}

/** A name may be shortened to its end: `patch_age_days` for `os.patch_age_days`. */
function isNamed(full: string, name: string): boolean {
  return full === name || full.endsWith(`.${name}`);
}

/** Returns the changed input, or a sentence about what cannot be changed so. */
function changeInput(set: PolicySet, start: Input, test: PolicyTest): Input | string {
  let input = start;
  for (const [key, value] of test.given) {
    const next = changeContext(input, key, value) ?? changeFact(set, input, [key, value]);
    if (typeof next === "string") return next;
    input = next;
  }
  return input;
}

type Given = PolicyTest["given"] extends ReadonlyMap<string, infer V> ? V : never;

function changeContext(input: Input, key: string, value: Given): Input | string | undefined {
  switch (key) {
    case "risk.session":
    case "risk.identity": {
      if (typeof value !== "number") return `${key} must be a number`;
      const score = key === "risk.session" ? "session" : "identity";
      return { ...input, risk: { ...input.risk, [score]: value } };
    }
    case "at": {
      const instant = typeof value === "string" ? parseInstant(value) : null;
      return instant === null ? "`at` must be an instant in UTC" : moveTo(input, instant);
    }
    case "groups":
      return Array.isArray(value) ? withGroups(input, value) : "`groups` must be a list";
    case "user":
      return value === null ? { ...input, user: undefined } : "`user` can only be null";
    case "quarantined":
      return { ...input, device: { ...input.device, quarantined: value === true } };
    case "elevation":
      return value === null ? { ...input, elevations: [] } : "`elevation` can only be null";
    case "net.country":
    case "net.cidr": {
      const part = key === "net.country" ? "country" : "cidr";
      const net = { ...input.net, [part]: typeof value === "string" ? value : undefined };
      return { ...input, net };
    }
    case "signInAgeSeconds":
      if (typeof value !== "number" || input.user === undefined) return `${key} must be a number`;
      return { ...input, user: { ...input.user, authAt: input.nowAt - value * 1_000 } };
    default:
      return undefined;
  }
}

function withGroups(input: Input, groups: readonly string[]): Input {
  const { user, device } = input;
  const changed = user === undefined ? undefined : { ...user, groups };
  return { ...input, device: { ...device, groups }, user: changed };
}

function changeFact(
  set: PolicySet,
  input: Input,
  [key, value]: readonly [string, Given],
): Input | string {
  const entries = set.slots.map(({ entry }) => entry);
  const named = entries.filter(({ signal }) => isNamed(signal, key));
  const [entry] = named;
  if (entry === undefined || named.length > 1) {
    const hint = nearestName(
      key,
      entries.map(({ signal }) => signal),
    );
    const more = hint === undefined ? "" : `; did you mean \`${hint}\`?`;
    return `\`${key}\` names ${named.length === 0 ? "no signal" : "several signals"}${more}`;
  }
  const facts = new Map(input.facts);
  if (value === null) facts.delete(entry.signal);
  else facts.set(entry.signal, factOf(entry, value, input.nowAt));
  return { ...input, facts };
}

function factOf(entry: CatalogueEntry, value: SignalValue, nowAt: number): FactView {
  return { reading: { kind: "known", value }, untilAt: nowAt + entry.freshForMs };
}
