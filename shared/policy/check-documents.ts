/** What a set of documents must keep as a whole: names resolve, types fit, nothing twice, no cycles. */
import type { CatalogueEntry } from "../posture/catalogue-entry.ts";
import type { Condition, Operand, SignalCondition } from "./condition.ts";
import type { DocumentError, DocumentErrorCode } from "./document-error.ts";
import type {
  LevelDefinition,
  PolicyDefinition,
  PolicyDocument,
  ResourceDefinition,
} from "./document.ts";
import type { Place } from "./place.ts";
import { equalTargets } from "./equal-targets.ts";
import { inDomain } from "./slot.ts";
import { nearestName } from "./parse/nearest-name.ts";
import { parseVersion } from "./version-order.ts";

interface Check {
  readonly signals: ReadonlyMap<string, CatalogueEntry>;
  readonly levels: ReadonlyMap<string, LevelDefinition>;
  readonly resources: ReadonlySet<string>;
  readonly errors: DocumentError[];
}

/** Returns everything wrong with the documents together; nothing = they can be compiled. */
export function checkDocuments(
  documents: readonly PolicyDocument[],
  catalogue: readonly CatalogueEntry[],
): readonly DocumentError[] {
  const levels = documents.flatMap((document) => document.levels);
  const policies = documents.flatMap((document) => document.policies);
  const resources = documents.flatMap((document) => document.resources);
  const check: Check = {
    signals: new Map(catalogue.map((entry) => [entry.signal, entry])),
    levels: new Map(levels.map((level) => [level.name, level])),
    resources: new Set(resources.map((resource) => resource.name)),
    errors: [],
  };
  refuseDuplicates(check, "resource", resources);
  refuseDuplicates(check, "level", levels);
  refuseDuplicates(
    check,
    "policy",
    policies.map(({ id, at }) => ({ name: id, at })),
  );
  refuseSecondRings(check, documents);
  const weights = documents.flatMap((document) => document.riskWeights ?? []);
  refuseDuplicates(
    check,
    "weight of",
    weights.map(({ sighting, at }) => ({ name: sighting, at })),
  );
  for (const level of levels) checkCondition(check, level.when);
  for (const policy of policies) checkPolicy(check, policy);
  refuseCycles(check, levels);
  check.errors.push(...equalTargets(resources));
  refuseTooManyNames(check, resources);
  return check.errors;
}

/** What a device's config holds: a name beyond it would be asked for outside. */
const domainsMax = 512;

function refuseTooManyNames(check: Check, resources: readonly ResourceDefinition[]): void {
  const names = new Set<string>();
  for (const { site, targets } of resources) {
    for (const { domain, at } of targets) {
      if (domain === undefined) continue;
      names.add(`${domain} ${site}`);
      if (names.size <= domainsMax) continue;
      const why = `more than ${domainsMax} domains; one with \`*.\` stands for many`;
      return refuse(check, at, { code: "SP-601", why });
    }
  }
}

function refuse(
  check: Check,
  at: Place,
  error: { code: DocumentErrorCode; why: string; hint?: string | undefined },
): void {
  check.errors.push({ at, ...error });
}

function refuseDuplicates(
  check: Check,
  what: string,
  named: readonly { name: string; at: Place }[],
): void {
  const first = new Map<string, Place>();
  for (const { name, at } of named) {
    const other = first.get(name);
    if (other === undefined) first.set(name, at);
    else {
      const why = `${what} \`${name}\` is already at ${other.file}:${other.line}`;
      refuse(check, at, { code: "SP-605", why });
    }
  }
}

function refuseSecondRings(check: Check, documents: readonly PolicyDocument[]): void {
  const [first, ...others] = documents.flatMap((document) => document.rings?.slice(0, 1) ?? []);
  for (const { at } of others) {
    const why = `rings are already at ${first?.at.file}:${first?.at.line}; one file says their order`;
    refuse(check, at, { code: "SP-605", why });
  }
  const rings = documents.flatMap((document) => document.rings ?? []);
  refuseDuplicates(check, "ring", rings);
}

function checkPolicy(check: Check, policy: PolicyDefinition): void {
  if (policy.when !== undefined) checkCondition(check, policy.when);
  for (const name of policy.resources.names) {
    if (check.resources.has(name)) continue;
    const why = `policy \`${policy.id}\` names an unknown resource \`${name}\``;
    refuse(check, policy.at, { code: "SP-604", why, hint: nearestName(name, check.resources) });
  }
}

function checkCondition(check: Check, condition: Condition): void {
  switch (condition.kind) {
    case "all":
    case "any":
      for (const part of condition.of) checkCondition(check, part);
      return;
    case "not":
      checkCondition(check, condition.of);
      return;
    case "level": {
      if (check.levels.has(condition.level)) return;
      const hint = nearestName(condition.level, check.levels.keys());
      const why = `unknown level \`${condition.level}\``;
      refuse(check, condition.at, { code: "SP-604", why, hint });
      return;
    }
    case "signal":
      checkSignal(check, condition);
      return;
    case "risk":
    case "elevation":
    case "groups":
    case "time":
    case "country":
    case "network":
    case "until":
      return;
  }
}

const operatorsOf: Record<CatalogueEntry["type"], readonly string[]> = {
  bool: ["is"],
  int: ["is", "in", "atLeast", "atMost", "above", "below"],
  enum: ["is", "in"],
  string: ["is", "in"],
  version: ["is", "in", "atLeast", "atMost", "above", "below"],
  set: ["contains"],
};

function checkSignal(check: Check, condition: SignalCondition): void {
  const { signal, test, at } = condition;
  const entry = check.signals.get(signal);
  if (entry === undefined) {
    const hint = nearestName(signal, check.signals.keys());
    refuse(check, at, { code: "SP-609", why: `unknown signal \`${signal}\``, hint });
    return;
  }
  const operators = operatorsOf[entry.type];
  if (!operators.includes(test.operator)) {
    const why = `\`${test.operator}\` does not fit ${signal} (${entry.type}); it takes ${operators.join(", ")}`;
    refuse(check, at, { code: "SP-608", why });
    return;
  }
  for (const operand of test.operator === "in" ? test.operands : [test.operand]) {
    if (operandFits(entry, operand)) continue;
    const closed = Array.isArray(entry.domain) ? (entry.domain as readonly string[]) : [];
    const why = `\`${String(operand)}\` is no value of ${signal} (${domainText(entry)})`;
    refuse(check, at, { code: "SP-608", why, hint: nearestName(String(operand), closed) });
  }
}

function operandFits(entry: CatalogueEntry, operand: Operand): boolean {
  switch (entry.type) {
    case "bool":
      return typeof operand === "boolean";
    case "int":
      return typeof operand === "number" && inDomain(entry, operand);
    case "enum":
    case "string":
    case "set":
      return typeof operand === "string" && inDomain(entry, operand);
    case "version":
      return typeof operand === "string" && parseVersion(operand) !== null;
  }
}

function domainText(entry: CatalogueEntry): string {
  const { domain, type } = entry;
  if (domain === undefined) return type === "version" ? "a version in quotes" : type;
  return "min" in domain ? `${type} ${domain.min}..${domain.max}` : domain.join(", ");
}

function refuseCycles(check: Check, levels: readonly LevelDefinition[]): void {
  const done = new Set<string>();
  const visit = (level: LevelDefinition, path: readonly string[]): void => {
    if (path.includes(level.name)) {
      const why = `levels refer to each other: ${[...path, level.name].join(" -> ")}`;
      refuse(check, level.at, { code: "SP-606", why });
      return;
    }
    if (done.has(level.name)) return;
    for (const name of levelsIn(level.when)) {
      const next = check.levels.get(name);
      if (next !== undefined) visit(next, [...path, level.name]);
    }
    done.add(level.name);
  };
  for (const level of levels) visit(level, []);
}

function levelsIn(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case "all":
    case "any":
      return condition.of.flatMap(levelsIn);
    case "not":
      return levelsIn(condition.of);
    case "level":
      return [condition.level];
    case "signal":
    case "risk":
    case "elevation":
    case "groups":
    case "time":
    case "country":
    case "network":
    case "until":
      return [];
  }
}
