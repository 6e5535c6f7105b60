/** The variables that conditions speak about, with their domains: what a box is a box of. */
import type { CatalogueEntry } from "../../posture/catalogue-entry.ts";
import type { PolicySet } from "../compiled-set.ts";
import type { Condition, LeafCondition, SignalCondition } from "../condition.ts";
import type { LevelDefinition } from "../document.ts";
import { exceptionMaxDays } from "../compile-leaf.ts";
import { type TimeWindow, weekdays } from "../time-window.ts";
import { compareVersions, parseVersion } from "../version-order.ts";
import { type Interval, numbers, type Range, words } from "./range.ts";
import { dayMs } from "../../base/time-span.ts";

/** One leaf as a statement about one variable: where it holds, out of what. */
export interface Statement {
  readonly variable: string;
  readonly range: Range;
  readonly domain: Range;
}

/** What analyses need to know of a set beside its conditions. */
export interface Space {
  readonly entries: ReadonlyMap<string, CatalogueEntry>;
  readonly levels: ReadonlyMap<string, LevelDefinition>;
  /** Versions named anywhere, sorted, per signal: number n is code 2n+1, the gap before it 2n. */
  readonly versions: ReadonlyMap<string, readonly (readonly number[])[]>;
}

/** Minutes of a week, the values of the variable `time:<zone>`; 0 is Monday, 00:00. */
export const weekMinutes = 7 * 1_440;

const truths = words(["true", "false"]);
const percent = numbers([[0, 100]]);
const always = numbers([[-Infinity, Infinity]]);

/** Returns the space of a compiled set. */
export function spaceOf(set: PolicySet): Space {
  const entries = new Map(set.slots.map(({ entry }) => [entry.signal, entry]));
  const levels = new Map(set.levels.map(({ definition }) => [definition.name, definition]));
  const versions = new Map<string, (readonly number[])[]>();
  const conditions = [
    ...set.levels.map(({ definition }) => definition.when),
    ...set.policies.flatMap(({ definition }) => definition.when ?? []),
  ];
  for (const condition of conditions) gatherVersions(condition, entries, versions);
  for (const [signal, named] of versions) versions.set(signal, sortedVersions(named));
  return { entries, levels, versions };
}

function gatherVersions(
  condition: Condition,
  entries: Space["entries"],
  versions: Map<string, (readonly number[])[]>,
): void {
  if (condition.kind === "all" || condition.kind === "any") {
    for (const part of condition.of) gatherVersions(part, entries, versions);
  } else if (condition.kind === "not") {
    gatherVersions(condition.of, entries, versions);
  } else if (condition.kind === "signal" && entries.get(condition.signal)?.type === "version") {
    const named = versions.get(condition.signal) ?? [];
    versions.set(condition.signal, [...named, ...operandsOf(condition).map(versionOf)]);
  }
}

function sortedVersions(named: readonly (readonly number[])[]): (readonly number[])[] {
  const sorted = named.map((version) => [...version]).sort(compareVersions);
  return sorted.filter(
    (version, index) => compareVersions(version, sorted[index - 1] ?? [-1]) !== 0,
  );
}

function versionOf(operand: unknown): readonly number[] {
  return parseVersion(String(operand)) ?? [];
}

function operandsOf({ test }: SignalCondition): readonly (string | number | boolean)[] {
  return test.operator === "in" ? test.operands : [test.operand];
}

/** Returns the statements that a leaf is an "or" of; all leaves but `groups` and `in`-free sets are one. */
export function statementsOf(leaf: LeafCondition, space: Space): readonly Statement[] {
  switch (leaf.kind) {
    case "signal":
      return [signalStatement(leaf, space)];
    case "risk": {
      const range = numbers([bounds(leaf.operator, leaf.operand)]);
      return [{ variable: `risk.${leaf.score}`, range: clip(range, percent), domain: percent }];
    }
    case "groups":
      return leaf.groups.map((group) => yesOrNo(`group:${group}`));
    case "elevation": {
      const { role, approvedBy, maxSeconds } = leaf;
      return [yesOrNo(`elevation:${role}:${approvedBy}:${maxSeconds ?? ""}`)];
    }
    case "time": {
      const domain = numbers([[0, weekMinutes - 1]]);
      return [
        { variable: `time:${leaf.window.zone}`, range: numbers(weekParts(leaf.window)), domain },
      ];
    }
    case "country":
      return [{ variable: "net.country", range: words(leaf.countries), domain: words([], true) }];
    case "network":
      return [yesOrNo(`net.cidr:${leaf.within.join(",")}`)];
    case "until": {
      const range = numbers([[leaf.untilAt - exceptionMaxDays * dayMs, leaf.untilAt - 1]]);
      return [{ variable: "now", range, domain: always }];
    }
  }
}

function yesOrNo(variable: string): Statement {
  return { variable, range: words(["true"]), domain: truths };
}

function signalStatement(leaf: SignalCondition, space: Space): Statement {
  const { signal, test, orNotApplicable: na } = leaf;
  const entry = space.entries.get(signal);
  const operands = operandsOf(leaf);
  if (entry?.type === "set") {
    const member = yesOrNo(`${signal}\u220b${operands.map(String).join(",")}`);
    return { ...member, range: { ...member.range, na } };
  }
  if (entry?.type === "int" || entry?.type === "version") {
    const domain = entry.type === "int" ? intDomain(entry) : always;
    const code = (operand: string | number | boolean) =>
      entry.type === "int" ? Number(operand) : versionCode(space, signal, operand);
    const parts =
      test.operator === "in"
        ? operands.map((operand): Interval => [code(operand), code(operand)])
        : [bounds(test.operator, code(test.operand))];
    const sorted = [...parts].sort((left, right) => left[0] - right[0]);
    return { variable: signal, range: { ...clip(numbers(sorted), domain), na }, domain };
  }
  const domain = entry?.type === "bool" ? truths : wordDomain(entry);
  return { variable: signal, range: words(operands.map(String), false, na), domain };
}

function bounds(operator: string, operand: number): Interval {
  if (operator === "atLeast") return [operand, Infinity];
  if (operator === "atMost") return [-Infinity, operand];
  if (operator === "above") return [operand + 1, Infinity];
  return operator === "below" ? [-Infinity, operand - 1] : [operand, operand];
}

function versionCode(space: Space, signal: string, operand: unknown): number {
  const wanted = versionOf(operand);
  const named = space.versions.get(signal) ?? [];
  return named.findIndex((version) => compareVersions(version, wanted) === 0) * 2 + 1;
}

function intDomain({ domain }: CatalogueEntry): Range {
  return domain !== undefined && "min" in domain ? numbers([[domain.min, domain.max]]) : always;
}

function wordDomain(entry: CatalogueEntry | undefined): Range {
  const domain = entry?.domain;
  return domain === undefined || "min" in domain ? words([], true) : words(domain);
}

function clip(range: Range, domain: Range): Range {
  if (range.kind !== "numbers" || domain.kind !== "numbers") return range;
  const [least, most] = domain.parts[0] ?? [-Infinity, Infinity];
  const parts = range.parts
    .map(([from, to]): Interval => [Math.max(from, least), Math.min(to, most)])
    .filter(([from, to]) => from <= to);
  return numbers(parts, range.na);
}

function weekParts(window: TimeWindow): readonly Interval[] {
  const { fromMinute, toMinute } = window;
  const length = toMinute > fromMinute ? toMinute - fromMinute : toMinute - fromMinute + 1_440;
  const raw: Interval[] = [];
  for (const day of window.days) {
    const start = weekdays.indexOf(day) * 1_440 + fromMinute;
    const last = start + length - 1;
    raw.push([start, Math.min(last, weekMinutes - 1)]);
    if (last >= weekMinutes) raw.push([0, last - weekMinutes]);
  }
  return raw.sort((left, right) => left[0] - right[0]);
}
