/**
 * Reads the packet filter and judges it, with as few reads as decide: all chains, then the rules of
 * undecided chains only, then saved iptables text or the whole ruleset where names alone do not tell.
 */
import type { Reading } from "#shared/posture/fact.ts";
import { noData, notParsed } from "#shared/posture/reading.ts";
import { joinFamilies, judgeFamily, readingOf } from "../../../core/posture/firewall/judge.ts";
import type { FirewallJudgement } from "../../../core/posture/firewall/judge.ts";
import { parseNft } from "../../../core/posture/firewall/nft-json.ts";
import { emptyRuleset, mergeRulesets } from "../../../core/posture/firewall/ruleset.ts";
import type { ChainName, Family, Ruleset } from "../../../core/posture/firewall/ruleset.ts";
import { parseXtablesSave } from "../../../core/posture/firewall/xtables-save.ts";
import { withDeadline } from "../deadline.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { reasonOf } from "./firewall-reads.ts";
import type { FirewallReads, RawRead } from "./firewall-reads.ts";

/** What the judgement needs from the machine. */
export interface FirewallContext {
  readonly reads: FirewallReads;
  readonly interfaces: () => Promise<readonly string[]>;
  readonly proofOfNoIpv6: () => Promise<string | null>;
  /** Firewalls that settings say are on: the kernel's word counts, theirs is evidence. */
  readonly setOn: () => Promise<readonly string[]>;
}

const readDeadlineMs = 2_000;
/** Rounds of reading chains that earlier rounds jumped to. */
const roundsMax = 16;
/** More chains than this cost more than one look at everything, unless everything is huge. */
const fewChains = 3;
const slowRulesetMs = 100;
const families: readonly Family[] = ["ipv4", "ipv6"];

/**
 * Returns a collector of the three firewall facts. It never rejects: what fails is unknown with its
 * reason. It remembers from run to run what this machine's ruleset is like.
 */
export function createFirewallCollector(
  context: FirewallContext,
): () => Promise<readonly Observation[]> {
  const habits: Habits = { rulesetIsSlow: false, decisive: [] };
  return () => collectFirewall(context, habits);
}

/** What earlier runs taught about this machine. */
interface Habits {
  rulesetIsSlow: boolean;
  /** Chains that decided last time: asked for along with the list, they save a round trip. */
  decisive: readonly ChainName[];
}

async function collectFirewall(
  context: FirewallContext,
  habits: Habits,
): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const texts: string[] = [];
  const [ipv4, ipv6] = await judge(context, habits, texts).catch((error: unknown) => {
    const reading: Reading = { kind: "unknown", reason: reasonOf(error) };
    return [reading, reading] as const;
  });
  const enabled = joinFamilies(ipv4, ipv6);
  if (enabled.kind === "known" && enabled.value === false) {
    for (const name of await context.setOn()) {
      texts.unshift(`conflict: ${name} is set to be on, but what it would refuse gets in`);
    }
  }
  return observe(
    [
      ["firewall.enabled", enabled],
      ["firewall.ipv4", ipv4],
      ["firewall.ipv6", ipv6],
    ],
    {
      collector: "firewall",
      collectorVersion: 1,
      by: "os",
      text: texts.join("\n"),
      tookMs: performance.now() - startedAt,
      tool: "nft",
    },
  );
}

/** Knowledge that grows with each read. */
interface Survey {
  readonly reads: FirewallReads;
  readonly habits: Habits;
  readonly interfaces: readonly string[];
  readonly texts: string[];
  readonly opaqueTables: Set<string>;
  readonly tried: Set<string>;
  ruleset: Ruleset;
  needsSets: boolean;
}

async function judge(
  context: FirewallContext,
  habits: Habits,
  texts: string[],
): Promise<readonly [ipv4: Reading, ipv6: Reading]> {
  const { reads } = context;
  const guesses = habits.decisive;
  const [chains, guessed, legacy4, legacy6, interfaces, proof] = await Promise.all([
    read(reads.chains()),
    Promise.all(guesses.map((chain) => readGuess(reads, chain))),
    read(reads.legacy("ipv4")),
    read(reads.legacy("ipv6")),
    context.interfaces(),
    context.proofOfNoIpv6(),
  ]);
  texts.push(chains, legacy4, legacy6);
  const nft = parseNft(chains, "chains");
  const legacy = joinLegacy(legacy4, legacy6);
  if (nft === null || legacy === null) return [notParsed, notParsed];
  const survey: Survey = {
    reads,
    habits,
    interfaces,
    texts,
    opaqueTables: new Set(),
    tried: new Set(),
    ruleset: mergeRulesets(nft, legacy),
    needsSets: false,
  };
  for (const [index, text] of guessed.entries()) {
    if (text !== null && take(survey, text, "chain")) {
      survey.tried.add(JSON.stringify(guesses[index]));
    }
  }
  let judgements = await readChains(survey);
  if (judgements.some((judged) => judged.kind === "unsure")) judgements = await readMore(survey);
  habits.decisive = [...survey.tried]
    .filter((name) => name.startsWith("{"))
    .slice(0, fewChains)
    .map((name) => JSON.parse(name) as ChainName);
  const readings = judgements.map(readingOf);
  texts.push(
    ...judgements.map((judged, index) => `${families[index]} ${judged.kind}: ${judged.at}`),
  );
  const ipv6 = proof === null ? readings[1] : ({ kind: "notApplicable", proof } as const);
  return [readings[0] ?? noData, ipv6 ?? noData];
}

function joinLegacy(ipv4: string, ipv6: string): Ruleset | null {
  const one = ipv4 === "" ? emptyRuleset : parseXtablesSave(ipv4, "ipv4", "x_tables:");
  const two = ipv6 === "" ? emptyRuleset : parseXtablesSave(ipv6, "ipv6", "x_tables:");
  return one === null || two === null ? null : mergeRulesets(one, two);
}

async function read(work: Promise<RawRead>): Promise<string> {
  const { raw, exitCode } = await withDeadline(work, readDeadlineMs);
  // A tool that failed printed nothing, or not all: that is no empty ruleset.
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}`);
  return raw;
}

/** A chain that is gone by now is no failure: the list tells. */
function readGuess(reads: FirewallReads, chain: ChainName): Promise<string | null> {
  return read(reads.chain(chain.family, chain.table, chain.name)).catch(() => null);
}

function judgeAll(survey: Survey): readonly FirewallJudgement[] {
  return families.map((family) => judgeFamily(survey.ruleset, family, survey.interfaces));
}

/** Reads the rules of chains that an unsure judgement asks for, round by round. */
async function readChains(survey: Survey): Promise<readonly FirewallJudgement[]> {
  for (let round = 0; round < roundsMax; round++) {
    const judgements = judgeAll(survey);
    const wanted = judgements
      .filter((judged) => judged.kind === "unsure")
      .flatMap((judged) => judged.unread)
      .filter((chain) => isNew(survey, JSON.stringify(chain)));
    if (wanted.length === 0) return judgements;
    if (survey.tried.size > fewChains && !survey.habits.rulesetIsSlow) {
      if (await readRuleset(survey)) continue;
    }
    try {
      const texts = await Promise.all(
        wanted.map(({ family, table, name }) => read(survey.reads.chain(family, table, name))),
      );
      for (const text of texts) take(survey, text, "chain");
    } catch (error) {
      // A chain that is gone by now, or of a name that cannot be asked for, such as `a/b`.
      if (!(await readRuleset(survey))) throw error;
    }
  }
  return judgeAll(survey);
}

function isNew(survey: Survey, name: string): boolean {
  if (survey.tried.has(name)) return false;
  survey.tried.add(name);
  return true;
}

/** Reads everything at once; false where that is more than fits into one answer. */
async function readRuleset(survey: Survey): Promise<boolean> {
  if (!isNew(survey, "ruleset")) return false;
  try {
    const { raw, tookMs } = await withDeadline(survey.reads.ruleset(), readDeadlineMs);
    survey.habits.rulesetIsSlow = tookMs > slowRulesetMs;
    return take(survey, raw, "ruleset");
  } catch (error) {
    survey.texts.push(`ruleset: ${String(error)}`);
    survey.habits.rulesetIsSlow = true;
    return false;
  }
}

/** A chain that vanished between two reads stays unread, which leaves the judgement unsure. */
function take(survey: Survey, text: string, listing: "chain" | "ruleset"): boolean {
  survey.texts.push(text);
  const part = parseNft(text, listing);
  if (part === null) return false;
  survey.ruleset = mergeRulesets(survey.ruleset, part);
  survey.needsSets = listing === "chain" && (survey.needsSets || part.needsSets);
  for (const table of part.opaqueTables) survey.opaqueTables.add(table);
  return true;
}

/** Asks the slower sources, only as far as they can settle what is open. */
async function readMore(survey: Survey): Promise<readonly FirewallJudgement[]> {
  if (survey.needsSets) await readRuleset(survey);
  for (const family of families) {
    const prefix = family === "ipv4" ? "ip " : "ip6 ";
    if (![...survey.opaqueTables].some((table) => table.startsWith(prefix))) continue;
    const text = await read(survey.reads.saved(family));
    survey.texts.push(text);
    const saved = parseXtablesSave(text, family, "");
    if (saved !== null) survey.ruleset = mergeRulesets(survey.ruleset, saved);
  }
  return readChains(survey);
}
