/** Compiles the left and right side of one nft match into conditions. */
import { addressBlock, destinationPort, judgeDestinations, judgeSources } from "./reach.ts";
import { sourcePort } from "./reach.ts";
import type { AddressSpan } from "./reach.ts";
import { negateTruth } from "./ruleset.ts";
import type { Condition, Family, PortSpan, Truth } from "./ruleset.ts";
import { asList, member, textMember } from "../json-shape.ts";

/** Members of a named set, or null when the set was not read. */
export type SetLookup = (name: string) => readonly unknown[] | null;

const transports = new Set([
  "icmp",
  "icmpv6",
  "igmp",
  "sctp",
  "dccp",
  "udplite",
  "esp",
  "ah",
  "comp",
]);
const unknown: Condition = { kind: "settled", truth: "unknown" };

/** Returns the conditions that `left op right` stands for; what cannot be judged becomes `unknown`. */
export function compileMatch(match: unknown, sets: SetLookup): readonly Condition[] {
  const op = textMember(match, "op") ?? "==";
  if (op !== "==" && op !== "!=" && op !== "in") return [unknown];
  const members = membersOf(member(match, "right"), sets);
  if (members === null) return [unknown];
  return compileTest(member(match, "left"), members, op === "!=");
}

/** Returns the conditions for "the key is one of the members". */
export function compileTest(
  key: unknown,
  members: readonly unknown[],
  negated: boolean,
): readonly Condition[] {
  const concat = member(key, "concat");
  if (Array.isArray(concat)) return compileConcat(concat, members, negated);
  const [masked] = asList(member(key, "&"));
  if (masked !== undefined) return isMark(masked) ? [compileMark(members, negated)] : [unknown];
  if (member(key, "meta") !== undefined) return [compileMeta(key, members, negated)];
  if (member(key, "ct") !== undefined) return [compileTracking(key, members, negated)];
  if (member(key, "fib") !== undefined) return [compileFib(key, members, negated)];
  if (member(key, "payload") !== undefined) return compilePayload(key, members, negated);
  return [unknown];
}

function membersOf(right: unknown, sets: SetLookup): readonly unknown[] | null {
  if (typeof right === "string" && right.startsWith("@")) return sets(right.slice(1));
  const inner = member(right, "set");
  if (typeof inner === "string" && inner.startsWith("@")) return sets(inner.slice(1));
  return asList(inner ?? right).map(withoutTimeout);
}

/** Elements with a timeout or comment are wrapped: `{ elem: { val, timeout } }`. */
function withoutTimeout(element: unknown): unknown {
  return member(member(element, "elem"), "val") ?? element;
}

/** A concatenation matches where one member matches in every place; a single member is exact. */
function compileConcat(
  keys: readonly unknown[],
  members: readonly unknown[],
  negated: boolean,
): readonly Condition[] {
  const only = members.length === 1 ? member(members[0], "concat") : undefined;
  if (Array.isArray(only) && !negated) {
    return keys.flatMap((key, index) => compileTest(key, [only[index]], false));
  }
  const excluded = members.every((element) => {
    const parts = member(element, "concat");
    if (!Array.isArray(parts)) return false;
    return keys.some((key, index) =>
      compileTest(key, [parts[index]], false).some(
        (condition) => "truth" in condition && condition.truth === "false",
      ),
    );
  });
  if (!excluded) return [unknown];
  return [{ kind: "port", truth: negated ? "true" : "false", within: null }];
}

function compileMeta(key: unknown, members: readonly unknown[], negated: boolean): Condition {
  const names = members.filter((name) => typeof name === "string");
  const named = names.length === members.length;
  switch (textMember(member(key, "meta"), "key") ?? "") {
    case "iif":
    case "iifname":
      return named ? { kind: "interface", names, negated } : unknown;
    case "l4proto":
      return { kind: "protocol", names: members.map(protocolName), negated };
    case "nfproto":
    case "protocol":
      return named ? compileFamily(names, negated) : unknown;
    case "mark":
      return compileMark(members, negated);
    case "pkttype":
      return settled(names.includes("host") || names.includes("unicast"), negated);
    default:
      return unknown;
  }
}

function isMark(key: unknown): boolean {
  const what = member(key, "meta") ?? member(key, "ct");
  return textMember(what, "key") === "mark";
}

/** Zero under any mask is zero, so masked marks need no mask. */
function compileMark(members: readonly unknown[], negated: boolean): Condition {
  if (!members.every((value) => typeof value === "number")) return unknown;
  return { kind: "mark", zeroMatches: members.includes(0) !== negated };
}

const protocolNumbers: Readonly<Record<string, string>> = { 1: "icmp", 6: "tcp", 17: "udp" };

function protocolName(value: unknown): string {
  return protocolNumbers[String(value)] ?? String(value);
}

function compileFamily(names: readonly string[], negated: boolean): Condition {
  const v4 = names.includes("ipv4") || names.includes("ip");
  const v6 = names.includes("ipv6") || names.includes("ip6");
  if (v4 === v6) return settled(v4, negated);
  return { kind: "family", family: v4 === negated ? "ipv6" : "ipv4" };
}

function compileTracking(key: unknown, members: readonly unknown[], negated: boolean): Condition {
  const what = member(key, "ct");
  switch (textMember(what, "key") ?? "") {
    case "state": {
      const newMatches = members.includes("new") !== negated;
      const untrackedMatches = members.includes("untracked") !== negated;
      return { kind: "state", newMatches, untrackedMatches, handedOnMatches: newMatches };
    }
    case "status":
      if (members.includes("dnat")) return { kind: "handedOn", negated };
      // A first packet to this host itself has no new source and was not seen in both directions.
      return members.every((name) => name === "snat" || name === "assured")
        ? settled(false, negated)
        : unknown;
    case "direction":
      return settled(members.includes("original"), negated);
    case "mark":
      return compileMark(members, negated);
    default:
      return unknown;
  }
}

/** The probe's source is routable and comes in where it should; its destination is local. */
function compileFib(key: unknown, members: readonly unknown[], negated: boolean): Condition {
  const fib = member(key, "fib");
  const flags = asList(member(fib, "flags"));
  const result = textMember(fib, "result");
  if (result === "oif" && flags.includes("saddr")) {
    const [wanted] = members;
    if (members.length === 1 && typeof wanted === "boolean") return settled(wanted, negated);
  }
  if (result === "type" && flags.includes("daddr")) {
    return settled(members.includes("local") || members.includes("unicast"), negated);
  }
  return unknown;
}

function compilePayload(
  key: unknown,
  members: readonly unknown[],
  negated: boolean,
): readonly Condition[] {
  const protocol = textMember(member(key, "payload"), "protocol") ?? "";
  const field = textMember(member(key, "payload"), "field") ?? "";
  if (protocol === "ip" || protocol === "ip6") {
    const family: Family = protocol === "ip" ? "ipv4" : "ipv6";
    return [{ kind: "family", family }, compileHeader(field, { family, members, negated })];
  }
  if (field === "dport" || field === "sport") {
    const names = protocol === "th" ? ["tcp", "udp"] : [protocol];
    const ports = members.map(portSpan);
    if (ports.some((span) => span === null)) return [unknown];
    const spans = ports.filter((span) => span !== null);
    const judge = field === "dport" ? destinationPort : sourcePort;
    return [{ kind: "protocol", names, negated: false }, judge(spans, negated)];
  }
  if (protocol === "tcp" || protocol === "udp") {
    return [{ kind: "protocol", names: [protocol], negated: false }, unknown];
  }
  // No probe carries any other transport.
  return transports.has(protocol) ? [{ kind: "settled", truth: "false" }] : [unknown];
}

function compileHeader(
  field: string,
  test: { family: Family; members: readonly unknown[]; negated: boolean },
): Condition {
  const { family, members, negated } = test;
  if (field === "protocol" || field === "nexthdr") {
    return { kind: "protocol", names: members.map(protocolName), negated };
  }
  if (field !== "saddr" && field !== "daddr") return unknown;
  const blocks = members.map((element) => addressSpan(family, element));
  if (blocks.some((block) => block === null)) return unknown;
  const named = blocks.filter((block) => block !== null);
  const judge = field === "saddr" ? judgeSources : judgeDestinations;
  return judge(family, named, negated);
}

function addressSpan(family: Family, element: unknown): AddressSpan | null {
  if (typeof element === "string") return addressBlock(family, element);
  const prefix = member(element, "prefix");
  const length = member(prefix, "len");
  if (prefix !== undefined && typeof length === "number") {
    return addressBlock(family, textMember(prefix, "addr") ?? "", length);
  }
  const range = asList(member(element, "range"));
  const [first, last] = range.map((text) =>
    typeof text === "string" ? addressBlock(family, text) : null,
  );
  return first && last ? { from: first.from, to: last.to } : null;
}

function portSpan(element: unknown): PortSpan | null {
  if (typeof element === "number") return { from: element, to: element };
  const [from, to] = asList(member(element, "range"));
  return typeof from === "number" && typeof to === "number" ? { from, to } : null;
}

function settled(matches: boolean, negated: boolean): Condition {
  const truth: Truth = matches ? "true" : "false";
  return { kind: "settled", truth: negated ? negateTruth(truth) : truth };
}
