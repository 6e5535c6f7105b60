/**
 * The slow judge: the semantics as plain sentences over documents. No index, no closures, no slots,
 * no early end, nothing shared with the evaluator, so that both can only agree by being right.
 */
import type { CatalogueEntry } from "#shared/posture/catalogue-entry.ts";
import type { SignalValue } from "#shared/posture/fact.ts";
import type {
  Condition,
  ElevationCondition,
  SignalCondition,
  SignalTest,
} from "#shared/policy/condition.ts";
import type { PolicyDefinition, PolicyDocument } from "#shared/policy/document.ts";
import type { Input } from "#shared/policy/input.ts";
import type { TimeWindow } from "#shared/policy/time-window.ts";

/** What the oracle says about one resource. */
export interface OracleVerdict {
  readonly effect: "allow" | "stepUp" | "deny";
  readonly determinedBy: readonly string[];
  readonly validUntilAt: number;
  readonly accessUntilAt: number;
  readonly record: boolean;
  readonly leaseSeconds: number;
}

/** The world of one oracle question. */
export interface OracleWorld {
  readonly documents: readonly PolicyDocument[];
  readonly catalogue: readonly CatalogueEntry[];
  readonly input: Input;
}

const never = 8_640_000_000_000_000;
const order = ["single", "mfa", "phishing_resistant"];

/** Kleene's values as 0, ½, 1: `all` is the least, `any` the greatest, `not` one minus. */
type Weight = number;

/** Judges one resource by reading every policy of every document. */
export function oracleVerdict(world: OracleWorld, resourceName: string): OracleVerdict {
  const { documents, input } = world;
  const resource = documents
    .flatMap((document) => document.resources)
    .find((candidate) => candidate.name === resourceName)!;
  const closed = { record: false, leaseSeconds: resource.leaseSeconds, determinedBy: [] };
  if (input.device.quarantined) {
    return { ...closed, effect: "deny", validUntilAt: never, accessUntilAt: never };
  }
  const speaking = documents
    .flatMap((document) => document.policies)
    .filter((policy) => speaksOf(policy, input))
    .filter(
      ({ resources }) =>
        resources.names.includes(resourceName) ||
        resources.tags.some((tag) => tag === "*" || resource.tags.includes(tag)),
    );
  const enforced = speaking.filter((policy) => policy.mode === "enforce");
  const matching = enforced.filter((policy) => {
    const weight = policy.when === undefined ? 1 : weigh(world, policy.when);
    return policy.effect === "allow" ? weight === 1 : weight > 0;
  });
  const denies = matching.filter((policy) => policy.effect === "deny");
  const allows = matching.filter((policy) => policy.effect === "allow");
  const facts = speaking.flatMap((policy) => factEdges(world, policy.when));
  const clocks = enforced.flatMap((policy) => clockEdges(world, policy.when));
  const signIns = allows.map((policy) => signInEdge(policy, input));
  const unmet = signIns.includes("unmet");
  // Where one step-up is unmet the combined one is, and an unmet one has no end.
  const signInEdges = unmet ? [] : signIns.filter((edge) => edge !== "unmet");
  const effect = denies.length > 0 || allows.length === 0 ? "deny" : unmet ? "stepUp" : "allow";
  const determining = denies.length > 0 ? denies : allows;
  return {
    effect,
    determinedBy: determining.map((policy) => policy.id).sort(),
    validUntilAt: Math.min(never, ...facts, ...clocks, ...signInEdges),
    accessUntilAt: Math.min(never, ...clocks, ...signInEdges),
    record: allows.some((policy) => policy.require.recordSession),
    leaseSeconds: Math.min(
      resource.leaseSeconds,
      ...allows.map((policy) => policy.leaseSeconds ?? resource.leaseSeconds),
    ),
  };
}

function speaksOf(policy: PolicyDefinition, input: Input): boolean {
  const { subjects } = policy;
  const type = input.user === undefined ? "device" : "user";
  if (subjects.types.length > 0 && !subjects.types.includes(type)) return false;
  const groups = [...input.device.groups, ...(input.user?.groups ?? [])];
  return (
    subjects.groups.some((group) => group === "*" || groups.includes(group)) ||
    subjects.devices.includes(input.device.id) ||
    subjects.tags.some((tag) => input.device.tags.includes(tag)) ||
    subjects.users.some((user) => user === input.user?.id) ||
    (input.user === undefined &&
      (subjects.serviceAccounts ?? []).some((name) => name === input.device.serviceAccount))
  );
}

/** Weighs a condition; every part is always weighed. */
export function weigh(world: OracleWorld, condition: Condition): Weight {
  const { input } = world;
  switch (condition.kind) {
    case "all":
      return Math.min(...condition.of.map((part) => weigh(world, part)));
    case "any":
      return Math.max(...condition.of.map((part) => weigh(world, part)));
    case "not":
      return 1 - weigh(world, condition.of);
    case "level":
      return weigh(world, levelOf(world, condition.level));
    case "signal":
      return weighSignal(world, condition);
    case "risk": {
      const had = input.risk[condition.score];
      return Number.isFinite(had) ? Number(compare(had, condition)) : 0.5;
    }
    case "elevation":
      return Number(elevationEnds(input, condition).length > 0);
    case "time":
      return Number(
        windowSpans(condition.window, input.nowAt).some(
          ([from, to]) => from <= input.nowAt && input.nowAt < to,
        ),
      );
    case "country":
      return input.net.country === undefined
        ? 0.5
        : Number(condition.countries.includes(input.net.country));
    case "network":
      // The random inputs name only 10.<n>.0.0/16, so equality stands for containment.
      return input.net.cidr === undefined ? 0.5 : Number(condition.within.includes(input.net.cidr));
    case "until":
      return Number(
        condition.untilAt > input.nowAt && condition.untilAt <= input.nowAt + 90 * 86_400_000,
      );
    case "groups": {
      const groups = [...input.device.groups, ...(input.user?.groups ?? [])];
      return Number(condition.groups.some((group) => groups.includes(group)));
    }
  }
}

function levelOf(world: OracleWorld, name: string): Condition {
  return world.documents.flatMap(({ levels }) => levels).find((level) => level.name === name)!.when;
}

function weighSignal(world: OracleWorld, condition: SignalCondition): Weight {
  const fact = world.input.facts.get(condition.signal);
  if (fact === undefined || fact.untilAt <= world.input.nowAt) return 0.5;
  if (fact.reading.kind === "notApplicable") return condition.orNotApplicable ? 1 : 0.5;
  if (fact.reading.kind === "unknown") return 0.5;
  const entry = world.catalogue.find(({ signal }) => signal === condition.signal)!;
  const { value } = fact.reading;
  if (!isOfType(entry, value)) return 0.5;
  return Number(holds(entry, value, condition.test));
}

function isOfType(entry: CatalogueEntry, value: SignalValue): boolean {
  const bounds = entry.domain;
  const closed = (text: string) => bounds === undefined || (bounds as string[]).includes(text);
  if (entry.type === "bool") return value === true || value === false;
  if (entry.type === "int") {
    if (!Number.isSafeInteger(value)) return false;
    const { min, max } = (bounds ?? { min: -Infinity, max: Infinity }) as {
      min: number;
      max: number;
    };
    return min <= (value as number) && (value as number) <= max;
  }
  if (entry.type === "set") return typeof value === "object" && value.every(closed);
  if (typeof value !== "string") return false;
  return entry.type === "version" ? /^[0-9]/.test(value) : closed(value);
}

function holds(entry: CatalogueEntry, value: SignalValue, test: SignalTest): boolean {
  if (test.operator === "in") {
    return test.operands.some((operand) => same(entry, value, operand));
  }
  if (test.operator === "is") return same(entry, value, test.operand);
  if (test.operator === "contains") {
    return (value as readonly unknown[]).includes(test.operand);
  }
  const { operator } = test;
  if (entry.type !== "version") {
    return compare(value as number, { operator, operand: test.operand as number });
  }
  return compare(versionNumber(value), { operator, operand: versionNumber(test.operand) });
}

function same(entry: CatalogueEntry, left: SignalValue, right: SignalValue): boolean {
  return entry.type === "version" ? versionNumber(left) === versionNumber(right) : left === right;
}

/** Sample versions have at most five numbers below 1,000. */
function versionNumber(value: SignalValue): number {
  const [text = ""] = /^[\d.]+/.exec(String(value)) ?? [];
  const numbers = text.split(".").map(Number);
  return [0, 1, 2, 3, 4].reduce((sum, place) => sum * 1_000 + (numbers[place] ?? 0), 0);
}

function compare(had: number, wanted: { operator: string; operand: number }): boolean {
  const { operator, operand } = wanted;
  if (operator === "atLeast") return had >= operand;
  if (operator === "atMost") return had <= operand;
  return operator === "above" ? had > operand : had < operand;
}

/** Every leaf beneath a condition, through levels. */
function leavesOf(world: OracleWorld, condition: Condition | undefined): readonly Condition[] {
  if (condition === undefined) return [];
  if (condition.kind === "all" || condition.kind === "any") {
    return condition.of.flatMap((part) => leavesOf(world, part));
  }
  if (condition.kind === "not") return leavesOf(world, condition.of);
  if (condition.kind === "level") return leavesOf(world, levelOf(world, condition.level));
  return [condition];
}

function factEdges(world: OracleWorld, condition: Condition | undefined): readonly number[] {
  return leavesOf(world, condition).flatMap((leaf) => {
    if (leaf.kind !== "signal") return [];
    const untilAt = world.input.facts.get(leaf.signal)?.untilAt ?? 0;
    return untilAt > world.input.nowAt ? [untilAt] : [];
  });
}

function clockEdges(world: OracleWorld, condition: Condition | undefined): readonly number[] {
  return leavesOf(world, condition).flatMap((leaf) => {
    const { nowAt } = world.input;
    const later = (instants: readonly number[]) => instants.filter((instant) => instant > nowAt);
    if (leaf.kind === "elevation") {
      const ends = elevationEnds(world.input, leaf);
      return ends.length === 0 ? [] : [Math.max(...ends)];
    }
    if (leaf.kind === "until") {
      return later([leaf.untilAt - 90 * 86_400_000, leaf.untilAt]).slice(0, 1);
    }
    return leaf.kind === "time" ? later(windowSpans(leaf.window, nowAt).flat()) : [];
  });
}

function elevationEnds(input: Input, wanted: ElevationCondition): readonly number[] {
  const { role, approvedBy, maxSeconds = Infinity } = wanted;
  return input.elevations
    .filter((elevation) => elevation.role === role && (elevation.approvals ?? 0) >= approvedBy)
    .filter((elevation) => elevation.sinceAt !== undefined || maxSeconds === Infinity)
    .map(({ untilAt, sinceAt = 0 }) => Math.min(untilAt, sinceAt + maxSeconds * 1_000))
    .filter((untilAt) => untilAt > input.nowAt);
}

/** Openings and closings around an instant; the random windows are in UTC, local time has its own test. */
function windowSpans(window: TimeWindow, at: number): readonly (readonly [number, number])[] {
  const names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
  const spans: (readonly [number, number])[] = [];
  for (let shift = -2; shift <= 8; shift++) {
    const day = new Date(at);
    day.setUTCHours(0, 0, 0, 0);
    day.setUTCDate(day.getUTCDate() + shift);
    if (!window.days.some((name) => name === names[day.getUTCDay()])) continue;
    const tomorrow = window.toMinute > window.fromMinute ? 0 : 1_440;
    const instant = (minutes: number) => day.getTime() + minutes * 60_000;
    spans.push([instant(window.fromMinute), instant(window.toMinute + tomorrow)]);
  }
  return spans;
}

function signInEdge(policy: PolicyDefinition, input: Input): number | "unmet" {
  const { stepUp } = policy.require;
  if (stepUp === undefined) return never;
  if (input.user === undefined) return "unmet";
  const names = [input.user.acr, ...input.user.amr];
  const strong = names.some((name) => ["phr", "hwk"].includes(name));
  const strength = strong ? 2 : names.some((name) => ["mfa", "otp"].includes(name)) ? 1 : 0;
  const endAt = input.user.authAt + stepUp.maxAgeSeconds * 1_000;
  return strength >= order.indexOf(stepUp.strength) && endAt > input.nowAt ? endAt : "unmet";
}
