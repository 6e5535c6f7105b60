/** Reads the text of `iptables-save` and `ip6tables-save`, of nft or legacy flavour, into rulesets. */
import { chainKey } from "./ruleset.ts";
import type { BaseChain, Chain, Family, NewPort, Rule, Ruleset, Verdict } from "./ruleset.ts";
import { splitArguments } from "./xtables-arguments.ts";
import { compileOptions } from "./xtables-match.ts";

const tablePriority: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  nat: -100,
  filter: 0,
  security: 50,
};
const hookOf: Readonly<Record<string, string>> = { PREROUTING: "prerouting", INPUT: "input" };

/** Targets that end nothing. */
const silentTargets = new Set(
  (
    "LOG NFLOG ULOG TRACE AUDIT MARK CONNMARK CT NOTRACK TCPMSS SET CHECKSUM CLASSIFY DSCP TOS TTL HL " +
    "SECMARK CONNSECMARK LED ECN TCPOPTSTRIP"
  ).split(" "),
);

interface Reading {
  readonly family: string;
  readonly tablePrefix: string;
  readonly chains: Map<string, Chain & { readonly rules: Rule[] }>;
  table: string | null;
  takesOutOfTracking: boolean;
  setsMarks: boolean;
}

/**
 * Returns the ruleset of the text, or null when it is cut short or not such text. Empty text is a
 * ruleset without tables. `tablePrefix` keeps legacy tables apart from nft ones of the same name.
 */
export function parseXtablesSave(
  text: string,
  family: Family,
  tablePrefix: string,
): Ruleset | null {
  const reading: Reading = {
    family: family === "ipv4" ? "ip" : "ip6",
    tablePrefix,
    chains: new Map(),
    table: null,
    takesOutOfTracking: false,
    setsMarks: false,
  };
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    if (!readLine(reading, line)) return null;
  }
  if (reading.table !== null) return null;
  return {
    chains: reading.chains,
    takesOutOfTracking: reading.takesOutOfTracking,
    asleepTables: new Set(),
    setsMarks: reading.setsMarks,
  };
}

function readLine(reading: Reading, line: string): boolean {
  if (line.startsWith("*")) {
    reading.table = line.slice(1).trim();
    return /^[a-z]{1,32}$/.test(reading.table);
  }
  if (reading.table === null) return false;
  if (line.trim() === "COMMIT") {
    reading.table = null;
    return true;
  }
  if (line.startsWith(":")) return readChain(reading, reading.table, line.slice(1));
  return readRule(reading, reading.table, line);
}

function readChain(reading: Reading, table: string, text: string): boolean {
  const [name, policy] = text.split(" ");
  if (name === undefined || policy === undefined) return false;
  const hook = hookOf[name];
  const base: BaseChain | null =
    hook === undefined || policy === "-"
      ? null
      : {
          hook,
          priority: tablePriority[table] ?? 0,
          policy: policy === "DROP" ? "drop" : "accept",
          translates: table === "nat" && hook === "prerouting",
        };
  const chain = {
    family: reading.family,
    table: reading.tablePrefix + table,
    name,
    base,
    rules: [],
  };
  reading.chains.set(chainKey(chain), chain);
  return true;
}

function readRule(reading: Reading, table: string, line: string): boolean {
  const words = splitArguments(line.replace(/^\[[0-9]+:[0-9]+\] /, ""));
  if (words === null || words[0]?.text !== "-A" || words[1] === undefined) return false;
  const place = { family: reading.family, table: reading.tablePrefix + table };
  const chain = reading.chains.get(chainKey({ ...place, name: words[1].text }));
  if (chain === undefined) return false;
  const { conditions, target, goto, targetOptions } = compileOptions(
    words.slice(2),
    reading.family === "ip" ? "ipv4" : "ipv6",
  );
  if (target === "MARK" || target === "CONNMARK") reading.setsMarks = true;
  if (target === "NOTRACK" || (target === "CT" && targetOptions.has("--notrack"))) {
    reading.takesOutOfTracking = true;
  }
  const own = reading.chains.has(chainKey({ ...place, name: target ?? "" }));
  const verdict = target === null ? null : verdictOf(target, { own, goto, options: targetOptions });
  if (verdict !== null) chain.rules.push({ conditions, verdict });
  return true;
}

function newPort(text: string | undefined): NewPort {
  if (text === undefined) return "same";
  return /^\d{1,5}$/.test(text) ? Number(text) : "unknown";
}

function verdictOf(
  target: string,
  how: { own: boolean; goto: boolean; options: ReadonlyMap<string, string> },
): Verdict | null {
  if (how.own) return { kind: how.goto ? "goto" : "jump", chain: target };
  switch (target) {
    case "ACCEPT":
      return { kind: "accept" };
    case "DROP":
    case "REJECT":
    case "TARPIT":
      return { kind: "drop" };
    case "RETURN":
      return { kind: "return" };
    case "REDIRECT":
      return { kind: "handOn", port: newPort(how.options.get("--to-ports")) };
    case "DNAT": {
      // An IPv6 address with a port stands in brackets.
      const to = how.options.get("--to-destination") ?? ":-";
      return { kind: "handOn", port: newPort(/^(?:[^:[]*|\[.*\]):([\d/-]+)$/.exec(to)?.[1]) };
    }
    default:
      return silentTargets.has(target) ? null : { kind: "unsure" };
  }
}
