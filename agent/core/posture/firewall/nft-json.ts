/** Reads `nft -j list chains|chain|ruleset` into rulesets; skips Sallyport's own tables. */
import { asList, asObject, member, textMember } from "../json-shape.ts";
import type { SetLookup } from "./nft-match.ts";
import { compileRule } from "./nft-rule.ts";
import { chainKey } from "./ruleset.ts";
import type { BaseChain, Chain, Rule, Ruleset } from "./ruleset.ts";

/** A ruleset with what its text left open. */
export interface NftRuleset extends Ruleset {
  /** Tables (`family name`) with rules of iptables extensions whose arguments nft does not print. */
  readonly opaqueTables: ReadonlySet<string>;
  /** Some rule asks a named set or map that this text does not hold. */
  readonly needsSets: boolean;
}

/** Which chains' rules the text holds: none (`chains`), those that occur in it, or all. */
export type NftListing = "chains" | "chain" | "ruleset";

const ownTables = new Set(["inet sallyport", "inet sallyport_guard"]);

/** Returns the ruleset of the text, or null when it is not the output of `nft -j list …`. */
export function parseNft(text: string, listing: NftListing): NftRuleset | null {
  // Two commands in one call (`list tables; list chains`) answer with a line each.
  const answers = text.trimEnd().split("\n").map(itemsOf);
  const items = answers.flatMap((answer) => answer ?? []);
  return answers.includes(null) ? null : readItems(items, listing);
}

function itemsOf(line: string): readonly unknown[] | null {
  let items: unknown;
  try {
    items = member(JSON.parse(line), "nftables");
  } catch {
    return null;
  }
  // Even an empty answer starts with its metainfo; without it the text was cut or is something else.
  if (!Array.isArray(items) || member(items[0], "metainfo") === undefined) return null;
  return items.slice(1);
}

function readItems(items: readonly unknown[], listing: NftListing): NftRuleset | null {
  const sets = collectSets(items);
  const chains = new Map<string, Chain>();
  const rules = new Map<string, Rule[]>();
  const found = { takesOutOfTracking: false, setsMarks: false, needsSets: false };
  const opaqueTables = new Set<string>();
  const asleepTables = new Set<string>();
  for (const item of items) {
    const asleep = asleepTable(member(item, "table"));
    if (asleep !== null) asleepTables.add(asleep);
    const chain = chainOf(member(item, "chain"), listing);
    if (chain !== null) chains.set(chainKey(chain), chain);
    const rule = asObject(member(item, "rule"));
    const at = rule === null ? null : placeOf(rule, "chain");
    if (rule === null) continue;
    if (at === null || !Array.isArray(rule["expr"])) return null;
    const compiled = compileRule(rule["expr"], lookupIn(sets, `${at.family} ${at.table}`));
    found.takesOutOfTracking ||= compiled.takesOutOfTracking;
    found.setsMarks ||= compiled.setsMarks;
    found.needsSets ||= compiled.needsSets;
    if (compiled.opaque) opaqueTables.add(`${at.family} ${at.table}`);
    const key = chainKey(at);
    const list = rules.get(key) ?? [];
    list.push(...compiled.rules);
    rules.set(key, list);
  }
  for (const [key, chain] of chains) {
    if (ownTables.has(`${chain.family} ${chain.table}`)) chains.delete(key);
    else if (listing !== "chains") chains.set(key, { ...chain, rules: rules.get(key) ?? [] });
  }
  return { chains, opaqueTables, asleepTables, ...found };
}

/** Flags that leave a table at work; nft 1.0.6 prints flags as garbage, so the rest is asleep. */
const wakefulFlags: readonly unknown[] = ["owner", "persist"];

function asleepTable(table: unknown): string | null {
  const flags = member(table, "flags");
  if (flags === undefined || asList(flags).every((flag) => wakefulFlags.includes(flag)))
    return null;
  return `${textMember(table, "family")} ${textMember(table, "name")}`;
}

function placeOf(value: unknown, nameMember: "chain" | "name") {
  const family = textMember(value, "family");
  const table = textMember(value, "table");
  const name = textMember(value, nameMember);
  return family === undefined || table === undefined || name === undefined
    ? null
    : { family, table, name };
}

function chainOf(value: unknown, listing: NftListing): Chain | null {
  const place = placeOf(value, "name");
  if (place === null) return null;
  return { ...place, base: baseOf(value), rules: listing === "chains" ? null : [] };
}

function baseOf(value: unknown): BaseChain | null {
  const hook = textMember(value, "hook");
  if (hook === undefined) return null;
  const priority = member(value, "prio");
  const device = member(value, "dev");
  const devices = asList(device).filter((name) => typeof name === "string");
  return {
    hook,
    priority: typeof priority === "number" ? priority : 0,
    policy: textMember(value, "policy") === "drop" ? "drop" : "accept",
    translates: hook === "prerouting" && textMember(value, "type") === "nat",
    devices: device === undefined ? undefined : devices,
  };
}

function collectSets(items: readonly unknown[]): ReadonlyMap<string, readonly unknown[]> {
  const filled = filledByPackets(items);
  const sets = new Map<string, readonly unknown[]>();
  for (const item of items) {
    const set = member(item, "set") ?? member(item, "map");
    const place = placeOf(set, "name");
    // What packets add by themselves (port knocking) is not what the set holds now.
    if (place === null || filled.has(chainKey(place))) continue;
    if (asList(member(set, "flags")).includes("dynamic")) continue;
    const elements = member(set, "elem");
    sets.set(chainKey(place), elements === undefined ? [] : asList(elements));
  }
  return sets;
}

/** Sets and maps that rules write to; nft 1.0.6 does not print their flag `dynamic`. */
function filledByPackets(items: readonly unknown[]): ReadonlySet<string> {
  const filled = new Set<string>();
  for (const item of items) {
    const rule = member(item, "rule");
    const place = placeOf(rule, "chain");
    if (place === null) continue;
    for (const statement of asList(member(rule, "expr"))) {
      const name =
        textMember(member(statement, "set"), "set") ?? textMember(member(statement, "map"), "map");
      if (name?.startsWith("@") === true) filled.add(chainKey({ ...place, name: name.slice(1) }));
    }
  }
  return filled;
}

function lookupIn(sets: ReadonlyMap<string, readonly unknown[]>, table: string): SetLookup {
  return (name) => sets.get(`${table} ${name}`) ?? null;
}
