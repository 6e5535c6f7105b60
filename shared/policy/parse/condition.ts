/** Reads condition trees; a map with several keys means all of them. */
import { isScalar, isSeq } from "yaml";
import { type Condition, type Operand, type SignalTest, singleOperators } from "../condition.ts";
import {
  allOf,
  readCountry,
  readElevation,
  readNetwork,
  readRisk,
  readWindow,
} from "./context-condition.ts";
import { nearestName } from "./nearest-name.ts";
import {
  clip,
  type Member,
  type Node,
  placeOf,
  readBoolean,
  readList,
  readMembers,
  readName,
  readText,
  refuse,
  type Source,
} from "./source.ts";

const words = [
  "all",
  "any",
  "not",
  "level",
  "signal",
  "groups",
  "elevation",
  "time.local",
  "net.country",
  "net.cidr",
  "risk.session",
  "risk.identity",
];
const leafKeys = [...singleOperators, "in", "orNotApplicable", "fix"];

/** Reads a condition; `skip` names a key beside it that belongs to somebody else. */
export function readCondition(
  source: Source,
  node: Node,
  options: { skip?: string } = {},
): Condition | undefined {
  const members = readMembers(source, node, "a condition");
  if (members === undefined) return undefined;
  const mine = members.filter((member) => member.key !== options.skip);
  if (mine.some((member) => member.key === "signal")) return readLongSignal(source, mine);
  if (mine.length === 0) return refuse(source, node, { why: "a condition needs a key" });
  const parts: Condition[] = [];
  for (const member of mine) {
    const part = readMember(source, member);
    if (part !== undefined) parts.push(part);
  }
  return parts.length === mine.length ? allOf(source, node, parts) : undefined;
}

function readMember(source: Source, member: Member): Condition | undefined {
  const { key, keyNode, value } = member;
  const at = placeOf(source, keyNode);
  switch (key) {
    case "all":
    case "any":
      return readBranch(source, member, key);
    case "not": {
      const of = readCondition(source, value);
      return of === undefined ? undefined : { kind: "not", of, at };
    }
    case "level": {
      const level = readName(source, value, "a level's name");
      return level === undefined ? undefined : { kind: "level", level, at };
    }
    case "groups": {
      const each = (item: Node) => readText(source, item, { what: "a group" });
      const groups = readList(source, value, { what: "groups", min: 1, max: 256, each });
      return groups.length === 0 ? undefined : { kind: "groups", groups, at };
    }
    case "elevation":
      return readElevation(source, member);
    case "time.local":
      return readWindow(source, member);
    case "net.country":
      return readCountry(source, member);
    case "net.cidr":
      return readNetwork(source, member);
    case "risk.session":
    case "risk.identity":
      return readRisk(source, member, key === "risk.session" ? "session" : "identity");
    default:
      return readShortSignal(source, member);
  }
}

function readBranch(source: Source, member: Member, kind: "all" | "any"): Condition | undefined {
  const { keyNode, value } = member;
  const found = source.errors.length;
  const each = (item: Node) => readCondition(source, item);
  const of = readList(source, value, { what: kind, min: 1, max: 256, each });
  return source.errors.length > found ? undefined : { kind, of, at: placeOf(source, keyNode) };
}

function readShortSignal(source: Source, member: Member): Condition | undefined {
  const { key, keyNode, value } = member;
  if (!isSignalName(key)) {
    const why = `unknown key \`${clip(key)}\` in a condition`;
    return refuse(source, keyNode, { code: "SP-603", why, hint: nearestName(key, words) });
  }
  const members = readMembers(source, value, `the condition on \`${key}\``);
  return members === undefined ? undefined : readTests(source, keyNode, { signal: key, members });
}

function readLongSignal(source: Source, members: readonly Member[]): Condition | undefined {
  const named = members.find((member) => member.key === "signal");
  const signal = readText(source, named?.value, { what: "a signal's name", max: 64 });
  if (signal === undefined || named === undefined) return undefined;
  if (!isSignalName(signal)) {
    return refuse(source, named.value, { why: `\`${clip(signal)}\` is not a signal's name` });
  }
  const rest = members.filter((member) => member !== named);
  return readTests(source, named.keyNode, { signal, members: rest });
}

function isSignalName(text: string): boolean {
  return text.length <= 64 && /^[a-z]+(\.[a-z0-9_]+)+$/.test(text);
}

function readTests(
  source: Source,
  node: Node,
  leaf: { signal: string; members: readonly Member[] },
): Condition | undefined {
  const { signal, members } = leaf;
  const tests: SignalTest[] = [];
  let orNotApplicable = false;
  let fix: string | undefined;
  const found = source.errors.length;
  for (const { key, keyNode, value } of members) {
    if (key === "orNotApplicable") {
      orNotApplicable = readBoolean(source, value, key) ?? false;
    } else if (key === "fix") {
      fix = readText(source, value, { what: key, max: 512 });
    } else if (leafKeys.includes(key)) {
      const test = readTest(source, key, value);
      if (test !== undefined) tests.push(test);
    } else {
      const why = `unknown key \`${clip(key)}\` in the condition on \`${signal}\``;
      refuse(source, keyNode, { code: "SP-603", why, hint: nearestName(key, leafKeys) });
    }
  }
  if (source.errors.length > found) return undefined;
  if (tests.length === 0) {
    return refuse(source, node, { why: `the condition on \`${signal}\` needs an operator` });
  }
  const at = placeOf(source, node);
  const leaves = tests.map((test): Condition => ({
    kind: "signal",
    signal,
    test,
    orNotApplicable,
    fix,
    at,
  }));
  return allOf(source, node, leaves);
}

function readTest(source: Source, key: string, node: Node): SignalTest | undefined {
  if (key === "in") {
    const each = (item: Node) => readOperand(source, item);
    const operands = readList(source, node, { what: "in", min: 1, max: 256, each });
    return operands.length === 0 ? undefined : { operator: "in", operands };
  }
  const operator = singleOperators.find((name) => name === key);
  const operand = readOperand(source, node);
  return operator === undefined || operand === undefined ? undefined : { operator, operand };
}

function readOperand(source: Source, node: Node): Operand | undefined {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === "boolean" || Number.isSafeInteger(value)) return value as boolean | number;
  if (typeof value === "string") return readText(source, node, { what: "an operand" });
  const what = isSeq(node) ? "a list (use `in`)" : "this";
  const why = `an operand is true, false, a whole number or text, not ${what}`;
  return refuse(source, node, { why });
}
