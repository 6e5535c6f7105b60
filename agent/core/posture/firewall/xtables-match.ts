/** Compiles the options of one iptables rule into conditions. */
import { addressBlock, destinationPort, judgeDestinations, judgeSources } from "./reach.ts";
import { sourcePort } from "./reach.ts";
import type { AddressSpan } from "./reach.ts";
import { negateTruth } from "./ruleset.ts";
import type { Condition, Family, PortSpan } from "./ruleset.ts";
import type { Word } from "./xtables-arguments.ts";

/** The rule's conditions and where it sends the packet. */
export interface CompiledOptions {
  readonly conditions: readonly Condition[];
  readonly target: string | null;
  readonly goto: boolean;
  readonly targetOptions: ReadonlyMap<string, string>;
}

interface Option {
  readonly name: string;
  readonly values: readonly string[];
  readonly negated: boolean;
}

const unknown: Condition = { kind: "settled", truth: "unknown" };

/** Compiles the words after `-A CHAIN`; an option we do not know makes the rule undecidable. */
export function compileOptions(words: readonly Word[], family: Family): CompiledOptions {
  const conditions: Condition[] = [];
  const options = groupOptions(words);
  for (const [index, option] of options.entries()) {
    if (option.name === "-j" || option.name === "-g") {
      return {
        conditions,
        target: option.values[0] ?? "",
        goto: option.name === "-g",
        targetOptions: new Map(
          options.slice(index + 1).map((rest) => [rest.name, rest.values[0] ?? ""]),
        ),
      };
    }
    conditions.push(...compileOption(option, family));
  }
  return { conditions, target: null, goto: false, targetOptions: new Map() };
}

function groupOptions(words: readonly Word[]): readonly Option[] {
  const options: (Option & { values: string[] })[] = [];
  let negated = false;
  for (const word of words) {
    if (!word.quoted && word.text === "!") negated = true;
    else if (!word.quoted && word.text.startsWith("-")) {
      options.push({ name: word.text, values: [], negated });
      negated = false;
    } else options.at(-1)?.values.push(word.text);
  }
  return options;
}

/** Options that only refine a neighbour or say nothing about a packet. */
const modifiers = new Set(
  (
    "--comment --limit-burst --loose --validmark --accept-local --hashlimit-burst --hashlimit-mode " +
    "--hashlimit-name --hashlimit-htable-size --hashlimit-htable-max --hashlimit-htable-expire " +
    "--hashlimit-srcmask --hashlimit-dstmask --name --rsource --mask --seconds --connlimit-mask --connlimit-saddr"
  ).split(" "),
);

/** Options about rate, history and extension headers, which whoever sends the packet decides. */
const bySender = new Set(
  (
    "--limit --hashlimit-upto --hashlimit-above --hitcount --update --rcheck --set --connlimit-above " +
    "--connlimit-upto --rt-type --rt-segsleft --rt-len --fragid --fragfirst --fragmore --fraglast " +
    "--hbh-len --hbh-opts --dst-len --dst-opts"
  ).split(" "),
);

/** Modules that test by their mere presence, or whose options are all judged below. */
const plainModules = new Set(
  (
    "tcp udp conntrack state comment multiport limit addrtype iprange mark connmark rpfilter " +
    "hashlimit recent connlimit pkttype set"
  ).split(" "),
);

function compileOption(option: Option, family: Family): readonly Condition[] {
  const { name, values, negated } = option;
  const value = values[0] ?? "";
  if (modifiers.has(name)) return [];
  if (bySender.has(name)) return [{ kind: "settled", truth: "choice" }];
  switch (name) {
    case "-m":
      return compileModule(value);
    case "--invert":
      return [{ kind: "settled", truth: "false" }];
    case "-i":
      return [{ kind: "interface", names: [value.replace(/\+$/, "*")], negated }];
    case "-p":
      return value === "all" ? [] : [{ kind: "protocol", names: [protocolName(value)], negated }];
    case "-f":
    case "--icmp-type":
    case "--icmpv6-type":
      return [settled(name === "-f" && negated)];
    case "--ctstate":
    case "--state":
      return [compileState(value, negated)];
    case "--ctdir":
      return [settled((value === "ORIGINAL") !== negated)];
    case "--mark":
      return [{ kind: "mark", zeroMatches: /^(0x)?0+(\/|$)/.test(value) !== negated }];
    case "--pkt-type":
      return [settled((value === "unicast") !== negated)];
    case "--dst-type":
      return [settled(value.split(",").some((type) => type === "LOCAL") !== negated)];
    default:
      return compileReach(option, family);
  }
}

/** Transports that are none of a probe's. */
const otherTransports = new Set(["icmp", "icmp6", "mh"]);
/** Headers that a sender may put before any transport. */
const extensionHeaders = new Set(["rt", "frag", "hbh", "dst"]);

function compileModule(name: string): readonly Condition[] {
  if (otherTransports.has(name)) return [settled(false)];
  if (extensionHeaders.has(name)) return [{ kind: "settled", truth: "choice" }];
  return plainModules.has(name) ? [] : [unknown];
}

function compileReach(option: Option, family: Family): readonly Condition[] {
  const { name, negated } = option;
  const value = option.values[0] ?? "";
  switch (name) {
    case "--dport":
    case "--dports":
      return [compilePorts(value, negated, destinationPort)];
    case "--sport":
    case "--sports":
      return [compilePorts(value, negated, sourcePort)];
    case "-s":
      return [compileAddresses([maskedBlock(family, value)], option, family)];
    case "-d":
      return [compileAddresses([maskedBlock(family, value)], option, family)];
    case "--src-range":
    case "--dst-range":
      return [compileAddresses([rangeBlock(family, value)], option, family)];
    default:
      return [unknown];
  }
}

function compileState(value: string, negated: boolean): Condition {
  const states = value.split(",");
  const names = (...wanted: readonly string[]) =>
    wanted.some((state) => states.includes(state)) !== negated;
  return {
    kind: "state",
    newMatches: names("NEW"),
    untrackedMatches: names("UNTRACKED"),
    handedOnMatches: names("NEW", "DNAT"),
  };
}

function compilePorts(
  value: string,
  negated: boolean,
  judge: (spans: readonly PortSpan[], negated: boolean) => Condition,
): Condition {
  const spans: PortSpan[] = [];
  for (const part of value.split(",")) {
    const [from = "", to = from] = part.split(":");
    const digits = /^[0-9]{0,5}$/;
    if (!digits.test(from) || !digits.test(to)) return unknown;
    spans.push({ from: from === "" ? 0 : Number(from), to: to === "" ? 65_535 : Number(to) });
  }
  return judge(spans, negated);
}

function compileAddresses(
  blocks: readonly (AddressSpan | null)[],
  option: Option,
  family: Family,
): Condition {
  const named = blocks.filter((block) => block !== null);
  if (named.length !== blocks.length) return unknown;
  const source = option.name === "-s" || option.name === "--src-range";
  const judge = source ? judgeSources : judgeDestinations;
  return judge(family, named, option.negated);
}

function maskedBlock(family: Family, value: string): AddressSpan | null {
  const [address = "", mask] = value.split("/");
  if (mask === undefined) return addressBlock(family, address);
  return /^[0-9]{1,3}$/.test(mask) ? addressBlock(family, address, Number(mask)) : null;
}

function rangeBlock(family: Family, value: string): AddressSpan | null {
  const [from = "", to = ""] = value.split("-");
  const first = addressBlock(family, from);
  const last = addressBlock(family, to);
  return first === null || last === null ? null : { from: first.from, to: last.to };
}

function protocolName(value: string): string {
  if (value === "6") return "tcp";
  return value === "17" ? "udp" : value;
}

function settled(matches: boolean): Condition {
  return { kind: "settled", truth: matches ? "true" : negateTruth("true") };
}
