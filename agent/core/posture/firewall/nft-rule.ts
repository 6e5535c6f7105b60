/** Compiles one nft rule (its `expr` list) into rules of the common form. */
import { asList, asObject, member, textMember } from "../json-shape.ts";
import { compileMatch, compileTest } from "./nft-match.ts";
import type { SetLookup } from "./nft-match.ts";
import type { Condition, NewPort, Rule, Verdict } from "./ruleset.ts";

/** What a rule became, and what it says about all packets. */
export interface CompiledRule {
  readonly rules: readonly Rule[];
  readonly takesOutOfTracking: boolean;
  readonly setsMarks: boolean;
  /** The rule holds an iptables extension whose arguments nft does not print. */
  readonly opaque: boolean;
  /** The rule asks a named set or map whose members were not read. */
  readonly needsSets: boolean;
}

const silentTargets = new Set(["LOG", "NFLOG", "TRACE", "TCPMSS", "CLASSIFY", "ULOG", "AUDIT"]);
const silent = new Set(["counter", "log", "comment", "last", "flow", "ct helper", "dup"]);
const decidedBySender = new Set(["limit", "quota", "ct count", "set", "meter"]);
const unknown: Condition = { kind: "settled", truth: "unknown" };
const choice: Condition = { kind: "settled", truth: "choice" };

/** Compiles the statements of a rule in order; an unknown statement makes the rest of the rule unsure. */
export function compileRule(expressions: readonly unknown[], sets: SetLookup): CompiledRule {
  const found = { takesOutOfTracking: false, setsMarks: false, opaque: false, needsSets: false };
  const lookup: SetLookup = (name) => {
    const members = sets(name);
    if (members === null) found.needsSets = true;
    return members;
  };
  const conditions: Condition[] = [];
  const rules: Rule[] = [];
  for (const expression of expressions) {
    const statement = asObject(expression);
    const [name] = statement === null ? [] : Object.keys(statement);
    const body = name === undefined ? undefined : statement?.[name];
    const verdict = verdictOf(name ?? "", body);
    if (verdict !== null) rules.push({ conditions: [...conditions], verdict });
    else if (name === "match") conditions.push(...compileMatch(body, lookup));
    else if (name === "dnat" || name === "redirect") {
      conditions.push(...familyOf(body), ...compileLookups(body, lookup));
      rules.push({ conditions: [...conditions], verdict: { kind: "handOn", port: portOf(body) } });
    } else if (name === "vmap") rules.push(...compileMap(body, conditions, lookup));
    // Whoever sends slowly or from a fresh address decides about these.
    else if (name !== undefined && decidedBySender.has(name)) conditions.push(choice);
    else if (name === "mangle") {
      found.setsMarks ||= setsMark(body);
      const port = portSetBy(body);
      if (port !== null) {
        rules.push({ conditions: [...conditions], verdict: { kind: "handOn", port } });
      }
    } else if (name === "notrack") found.takesOutOfTracking = true;
    else if (name === "xt") {
      found.opaque = true;
      applyExtension(body, conditions, rules);
    } else if (name === undefined || !silent.has(name)) {
      rules.push({ conditions: [...conditions], verdict: { kind: "unsure" } });
    }
  }
  return { rules, ...found };
}

function verdictOf(name: string, body: unknown): Verdict | null {
  switch (name) {
    case "accept":
    case "drop":
    case "return":
      return { kind: name };
    case "reject":
      return { kind: "drop" };
    case "jump":
    case "goto": {
      const chain = textMember(body, "target");
      return chain === undefined ? { kind: "unsure" } : { kind: name, chain };
    }
    default:
      return null;
  }
}

function compileMap(
  body: unknown,
  conditions: readonly Condition[],
  sets: SetLookup,
): readonly Rule[] {
  const data = member(body, "data");
  const named = typeof data === "string" && data.startsWith("@");
  const entries = named ? sets(data.slice(1)) : member(data, "set");
  if (!Array.isArray(entries))
    return [{ conditions: [...conditions], verdict: { kind: "unsure" } }];
  return entries.map((entry: unknown): Rule => {
    const [wrapped, action] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
    const value = member(member(wrapped, "elem"), "val") ?? wrapped;
    const [name] = Object.keys(asObject(action) ?? {});
    const test = value === "*" ? [] : compileTest(member(body, "key"), [value], false);
    const verdict = verdictOf(name ?? "", member(action, name ?? "")) ?? { kind: "unsure" };
    return { conditions: [...conditions, ...test], verdict };
  });
}

/** `dnat to KEY map { … }` hands on only what the map names. */
function compileLookups(body: unknown, sets: SetLookup): readonly Condition[] {
  return ["addr", "port"].flatMap((place) => {
    const map = member(member(body, place), "map");
    if (map === undefined) return [];
    const data = member(map, "data");
    const entries =
      typeof data === "string" && data.startsWith("@") ? sets(data.slice(1)) : member(data, "set");
    if (!Array.isArray(entries)) return [unknown];
    const keys = (entries as readonly unknown[]).map((entry) => asList(entry)[0]);
    return compileTest(member(map, "key"), keys, false);
  });
}

function portOf(body: unknown): NewPort {
  const port = member(body, "port");
  if (typeof port === "number") return port;
  const address = member(body, "addr");
  const plain = address === undefined || typeof address === "string";
  return port === undefined && plain ? "same" : "unknown";
}

/** `dnat ip to` in a table of both families. */
function familyOf(body: unknown): readonly Condition[] {
  const family = textMember(body, "family");
  if (family !== "ip" && family !== "ip6") return [];
  return [{ kind: "family", family: family === "ip" ? "ipv4" : "ipv6" }];
}

/** Rules may write another destination port by its name, or by its place in the header. */
function portSetBy(body: unknown): NewPort | null {
  const payload = member(member(body, "key"), "payload");
  const field = textMember(payload, "field");
  if (payload === undefined || (field !== undefined && field !== "dport")) return null;
  const value = member(body, "value");
  return field === "dport" && typeof value === "number" ? value : "unknown";
}

function setsMark(body: unknown): boolean {
  const key = member(body, "key");
  const what = member(key, "meta") ?? member(key, "ct");
  return textMember(what, "key") === "mark";
}

function applyExtension(body: unknown, conditions: Condition[], rules: Rule[]): void {
  const name = textMember(body, "name") ?? "";
  if (textMember(body, "type") === "match") {
    if (name !== "comment") conditions.push(unknown);
  } else if (name === "REJECT" || name === "TARPIT") {
    rules.push({ conditions: [...conditions], verdict: { kind: "drop" } });
  } else if (name === "DNAT" || name === "REDIRECT") {
    rules.push({ conditions: [...conditions], verdict: { kind: "handOn", port: "unknown" } });
  } else if (!silentTargets.has(name)) {
    rules.push({ conditions: [...conditions], verdict: { kind: "unsure" } });
  }
}
