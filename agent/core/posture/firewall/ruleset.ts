/**
 * Packet filter rules of any origin (nft, iptables over nft, legacy x_tables), reduced to what decides
 * about a probe packet. Source text is compiled into this; only the walk reads it.
 */

/** Address family of a probe. */
export type Family = "ipv4" | "ipv6";

/**
 * What is known about a condition for a probe. `choice`: whoever sends the packet can make it true
 * or false (its source port, a wide range). `unknown`: we cannot tell.
 */
export type Truth = "true" | "false" | "choice" | "unknown";

/** Inclusive range of ports. */
export interface PortSpan {
  readonly from: number;
  readonly to: number;
}

/** Ports that a rule names. */
export interface PortTest {
  readonly spans: readonly PortSpan[];
  readonly negated: boolean;
}

/** Where a translation hands a packet on to: a port, the port that it had, or we cannot tell. */
export type NewPort = number | "same" | "unknown";

/** One test of a rule; a rule matches when all its conditions do. */
export type Condition =
  | { readonly kind: "settled"; readonly truth: Truth }
  /** The source address: `share` of all addresses is named where these few are not the probe's. */
  | { readonly kind: "source"; readonly truth: Truth; readonly share: number }
  | { readonly kind: "interface"; readonly names: readonly string[]; readonly negated: boolean }
  | { readonly kind: "family"; readonly family: Family }
  | { readonly kind: "protocol"; readonly names: readonly string[]; readonly negated: boolean }
  | {
      readonly kind: "state";
      readonly newMatches: boolean;
      readonly untrackedMatches: boolean;
      /** For a packet that a translation handed on. */
      readonly handedOnMatches: boolean;
    }
  /** The destination port: `truth` for the probe's own; spans are null where only that can be told. */
  | { readonly kind: "port"; readonly truth: Truth; readonly within: PortTest | null }
  /** Whether a translation handed the packet on. */
  | { readonly kind: "handedOn"; readonly negated: boolean }
  | { readonly kind: "mark"; readonly zeroMatches: boolean };

/** What a matching rule does; `unsure` hands the packet to something we cannot follow. */
export type Verdict =
  | { readonly kind: "accept" | "drop" | "return" | "unsure" }
  | { readonly kind: "jump" | "goto"; readonly chain: string }
  | { readonly kind: "handOn"; readonly port: NewPort };

/** One rule that can end or redirect the walk; rules without a verdict are not kept. */
export interface Rule {
  readonly conditions: readonly Condition[];
  readonly verdict: Verdict;
}

/** How a base chain hangs in the kernel; lower priorities run first. */
export interface BaseChain {
  readonly hook: string;
  readonly priority: number;
  readonly policy: "accept" | "drop";
  /** Its rules may hand packets on to another port or address (type `nat`). */
  readonly translates: boolean;
  /** Devices of an ingress chain; undefined when the source does not name them. */
  readonly devices?: readonly string[] | undefined;
}

/** One chain; `rules` is null until somebody read them. */
export interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly base: BaseChain | null;
  readonly rules: readonly Rule[] | null;
}

/** Chains by `chainKey`, with what holds for all of them. */
export interface Ruleset {
  readonly chains: ReadonlyMap<string, Chain>;
  /** Some rule takes packets out of connection tracking, so that a new packet may be `untracked`. */
  readonly takesOutOfTracking: boolean;
  /** Some rule sets packet marks, so that a mark need not be zero. */
  readonly setsMarks: boolean;
  /** Tables (`family name`) that the kernel holds but does not run (nft's `dormant`). */
  readonly asleepTables: ReadonlySet<string>;
}

/** Names a chain. */
export interface ChainName {
  readonly family: string;
  readonly table: string;
  readonly name: string;
}

/** Returns the key of a chain in `Ruleset.chains`. */
export function chainKey(chain: ChainName): string {
  return `${chain.family} ${chain.table} ${chain.name}`;
}

/** A ruleset without any chain. */
export const emptyRuleset: Ruleset = {
  chains: new Map(),
  takesOutOfTracking: false,
  setsMarks: false,
  asleepTables: new Set(),
};

/** Returns both rulesets as one; chains of `over` take the place of chains with the same key. */
export function mergeRulesets(under: Ruleset, over: Ruleset): Ruleset {
  return {
    chains: new Map([...under.chains, ...over.chains]),
    takesOutOfTracking: under.takesOutOfTracking || over.takesOutOfTracking,
    setsMarks: under.setsMarks || over.setsMarks,
    asleepTables: new Set([...under.asleepTables, ...over.asleepTables]),
  };
}

/** Returns the opposite condition of a rule that says `!`. */
export function negateTruth(truth: Truth): Truth {
  if (truth === "true") return "false";
  return truth === "false" ? "true" : truth;
}
