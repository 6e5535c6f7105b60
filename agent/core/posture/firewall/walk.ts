/**
 * Walks a probe packet through the chains of one hook, in priority order, following jumps.
 *
 *   hook ──► chain ──► chain ──► …      a packet lives on only if every chain accepts it
 *              │ rules in order
 *              ├─ accept / drop / reject      ends in this chain
 *              ├─ dnat / redirect             ends in this chain, and goes on with another port
 *              ├─ jump ──► sub-chain ──► back  goto: back to the caller's caller
 *              └─ end of base chain: its policy
 *
 * Each outcome has a level: 0 cannot happen, 1 may happen (something could not be judged),
 * 2 happens, or the sender can make it happen.
 */
import { isWide, nameManyPorts } from "./reach.ts";
import { chainKey } from "./ruleset.ts";
import type { Chain, ChainName, Condition, Family, NewPort, Rule } from "./ruleset.ts";
import type { PortSpan, PortTest, Ruleset, Truth } from "./ruleset.ts";

/** One kind of packet that stands for all unsolicited ones of its family, protocol and interface. */
export interface Probe {
  readonly family: Family;
  readonly protocol: "tcp" | "udp";
  readonly interface: string;
  /** Where a translation handed it on to. */
  readonly newPort?: NewPort;
}

type Level = 0 | 1 | 2;

interface Outcome {
  readonly accept: Level;
  readonly drop: Level;
  /** The packet leaves the chain at its end or by `return`. */
  readonly fall: Level;
  /** Translations that accept it with another port. */
  readonly handedOn: ReadonlyMap<NewPort, Level>;
}

const nowhere: ReadonlyMap<NewPort, Level> = new Map();

/** What a chain may do that nobody can follow. */
function anything({ translates }: Walk): Outcome {
  const handedOn = translates ? new Map<NewPort, Level>([["unknown", 1]]) : nowhere;
  return { accept: 1, drop: 1, fall: 1, handedOn };
}

/** Whether the probe reaches the host; `unread` names the chains whose rules would have to be known. */
export interface Passage {
  readonly kind: "denied" | "open" | "unsure";
  readonly unread: readonly ChainName[];
  /** The base chain that decided, or the first that could not be judged. */
  readonly at: string;
}

/** The kernel itself refuses deeper nesting (NFT_JUMP_STACK_SIZE). */
const deepestJump = 16;
const hooks = ["ingress", "prerouting", "input"];
const familyNames: Readonly<Record<Family, string>> = { ipv4: "ip", ipv6: "ip6" };

/** What the sender can choose: ports, or sources, that many rules name a few of each. */
interface Crowd {
  readonly ports: boolean;
  readonly sources: boolean;
}

/** What rules that let in named, each of them too little to choose from. */
interface Few {
  readonly ports: PortSpan[];
  share: number;
}

/**
 * Sends a probe through `ingress`, `prerouting` and `input`; once more where the rules that let others
 * in name so much together that there is always one for the sender.
 */
export function passageOf(ruleset: Ruleset, probe: Probe): Passage {
  const chains = baseChains(ruleset, probe);
  const few: Few = { ports: [], share: 0 };
  const journey = { ruleset, crowd: { ports: false, sources: false }, few };
  const passage = passageThrough(journey, probe, chains);
  const crowd = { ports: nameManyPorts(few.ports), sources: isWide(probe.family, few.share) };
  return passage.kind !== "open" && (crowd.ports || crowd.sources)
    ? passageThrough({ ...journey, crowd }, probe, chains)
    : passage;
}

/** What holds for all chains on the way. */
interface Journey {
  readonly ruleset: Ruleset;
  readonly crowd: Crowd;
  readonly few: Few;
}

function passageThrough(journey: Journey, probe: Probe, chains: readonly Chain[]): Passage {
  const unread = new Map<string, ChainName>();
  const besides: Passage[] = [];
  let passage: "open" | "unsure" = "open";
  let at = "no base chain";
  for (const [index, chain] of chains.entries()) {
    const translates = chain.base?.translates === true;
    const outcome = crossBase({ ...journey, probe, translates, unread, known: new Map() }, chain);
    // The kernel translates a connection once.
    if (probe.newPort === undefined) {
      for (const [newPort, level] of outcome.handedOn) {
        const beyond = passageThrough(journey, { ...probe, newPort }, chains.slice(index + 1));
        const sure = level === 2 && passage === "open";
        const kind = beyond.kind === "open" && !sure ? "unsure" : beyond.kind;
        const wanted = [...unread.values(), ...beyond.unread];
        besides.push({ kind, unread: wanted, at: beyond.at });
      }
    }
    if (outcome.accept === 0) {
      return widest([{ kind: "denied", unread: [], at: chainKey(chain) }, ...besides]);
    }
    const surelyAccepts = outcome.accept === 2 || outcome.drop === 0;
    if (!surelyAccepts && passage === "open") {
      passage = "unsure";
      at = chainKey(chain);
    }
  }
  return widest([{ kind: passage, unread: [...unread.values()], at }, ...besides]);
}

/** One open way decides, then one that is not sure. */
function widest(passages: readonly [Passage, ...Passage[]]): Passage {
  return (
    passages.find(({ kind }) => kind === "open") ??
    passages.find(({ kind }) => kind === "unsure") ??
    passages[0]
  );
}

interface Walk extends Journey {
  readonly probe: Probe;
  /** The base chain may translate, and so may what it jumps to. */
  readonly translates: boolean;
  readonly unread: Map<string, ChainName>;
  readonly known: Map<string, Outcome>;
}

function baseChains(ruleset: Ruleset, probe: Probe): readonly Chain[] {
  const order = (chain: Chain) => hooks.indexOf(chain.base?.hook ?? "");
  return [...ruleset.chains.values()]
    .filter((chain) => order(chain) >= 0 && seesFamily(chain, probe))
    .filter((chain) => !ruleset.asleepTables.has(`${chain.family} ${chain.table}`))
    .sort((left, right) => {
      const byHook = order(left) - order(right);
      return byHook === 0 ? (left.base?.priority ?? 0) - (right.base?.priority ?? 0) : byHook;
    });
}

function seesFamily(chain: Chain, probe: Probe): boolean {
  const families = ["inet", "netdev", familyNames[probe.family]];
  if (!families.includes(chain.family)) return false;
  const devices = chain.base?.devices;
  return devices === undefined || devices.includes(probe.interface);
}

function crossBase(walk: Walk, chain: Chain): Outcome {
  const { accept, drop, fall, handedOn } = cross(walk, chain, 0);
  const closes = chain.base?.policy === "drop";
  const outcome: Outcome = {
    accept: closes ? accept : highest(accept, fall),
    drop: closes ? highest(drop, fall) : drop,
    fall: 0,
    handedOn,
  };
  // Without its devices it is open whether an ingress chain sees this interface at all.
  const everywhere = chain.base?.hook !== "ingress" || chain.base.devices !== undefined;
  return everywhere || outcome.drop === 0
    ? outcome
    : { ...outcome, accept: highest(outcome.accept, 1), drop: 1 };
}

function cross(walk: Walk, chain: Chain, depth: number): Outcome {
  const key = chainKey(chain);
  const known = walk.known.get(key);
  if (known !== undefined) return known;
  if (depth > deepestJump) return anything(walk);
  if (chain.rules === null) {
    walk.unread.set(key, { family: chain.family, table: chain.table, name: chain.name });
    return anything(walk);
  }
  // Met again while it is being walked, the chain is a loop, which the kernel never holds.
  walk.known.set(key, anything(walk));
  const outcome = crossRules(walk, { chain, rules: chain.rules, depth });
  walk.known.set(key, outcome);
  return outcome;
}

function crossRules(
  walk: Walk,
  at: { chain: Chain; rules: readonly Rule[]; depth: number },
): Outcome {
  let accept: Level = 0;
  let drop: Level = 0;
  let fall: Level = 0;
  let live: Level = 2;
  const handedOn = new Map<NewPort, Level>();
  for (const rule of at.rules) {
    const truth = truthOf(walk, rule.conditions);
    if (truth === "false") {
      if (rule.verdict.kind !== "drop") noteFew(walk, rule.conditions);
      continue;
    }
    const matched = lowest(live, truth === "unknown" ? 1 : 2);
    const missed: Level = truth === "true" ? 0 : matched;
    const inner = outcomeOf(walk, rule, at);
    accept = highest(accept, lowest(matched, inner.accept));
    drop = highest(drop, lowest(matched, inner.drop));
    for (const [port, level] of inner.handedOn) {
      handedOn.set(port, highest(handedOn.get(port) ?? 0, lowest(matched, level)));
    }
    if (inner.leaves) fall = highest(fall, lowest(matched, inner.fall));
    const comesBack = inner.leaves ? 0 : lowest(matched, inner.fall);
    const harmless = inner.accept === 0 && inner.drop === 0 && !inner.leaves;
    live = harmless ? live : highest(missed, comesBack);
    if (live === 0) return { accept, drop, fall, handedOn };
  }
  return { accept, drop, fall: highest(fall, live), handedOn };
}

const ends = { accept: 0, drop: 0, fall: 0, handedOn: nowhere, leaves: false } as const;

function outcomeOf(
  walk: Walk,
  rule: Rule,
  at: { chain: Chain; depth: number },
): Outcome & { readonly leaves: boolean } {
  const verdict = rule.verdict;
  switch (verdict.kind) {
    case "accept":
      return { ...ends, accept: 2 };
    case "drop":
      return { ...ends, drop: 2 };
    case "return":
      return { ...ends, fall: 2, leaves: true };
    case "handOn":
      return { ...ends, accept: 2, handedOn: new Map([[verdict.port, 2]]) };
    case "unsure":
      return { ...anything(walk), leaves: false };
    case "jump":
    case "goto": {
      const name = { family: at.chain.family, table: at.chain.table, name: verdict.chain };
      const target = walk.ruleset.chains.get(chainKey(name)) ?? {
        ...name,
        base: null,
        rules: null,
      };
      return { ...cross(walk, target, at.depth + 1), leaves: verdict.kind === "goto" };
    }
  }
}

function truthOf(walk: Walk, conditions: readonly Condition[]): Truth {
  let truth: Truth = "true";
  for (const condition of conditions) {
    const one = judge(walk, condition);
    if (one === "false") return "false";
    if (one === "unknown" || (one === "choice" && truth === "true")) truth = one;
  }
  return truth;
}

/** Remembers what a rule names that nothing else but this keeps from the probe. */
function noteFew(walk: Walk, conditions: readonly Condition[]): void {
  const [away, another] = conditions.filter((condition) => judge(walk, condition) === "false");
  if (away === undefined || another !== undefined) return;
  if (away.kind === "source") walk.few.share += away.share;
  if (away.kind === "port") walk.few.ports.push(...(away.within?.spans ?? []));
}

function judge(walk: Walk, condition: Condition): Truth {
  const probe = walk.probe;
  switch (condition.kind) {
    case "settled":
      return condition.truth;
    case "source":
      return walk.crowd.sources && condition.share > 0 && condition.truth === "false"
        ? "choice"
        : condition.truth;
    case "family":
      return either(condition.family === probe.family);
    case "protocol":
      return either(condition.names.includes(probe.protocol) !== condition.negated);
    case "interface":
      return either(
        condition.names.some((name) => namesInterface(name, probe.interface)) !== condition.negated,
      );
    case "state":
      if (probe.newPort !== undefined) return either(condition.handedOnMatches);
      if (condition.newMatches === condition.untrackedMatches) return either(condition.newMatches);
      return walk.ruleset.takesOutOfTracking ? "unknown" : either(condition.newMatches);
    case "handedOn":
      return either((probe.newPort !== undefined) !== condition.negated);
    case "port":
      if (probe.newPort !== undefined && probe.newPort !== "same") {
        return meets(condition.within, probe.newPort);
      }
      return walk.crowd.ports && condition.within?.negated === false && condition.truth === "false"
        ? "choice"
        : condition.truth;
    case "mark":
      return walk.ruleset.setsMarks ? "unknown" : either(condition.zeroMatches);
  }
}

function meets(test: PortTest | null, port: number | "unknown"): Truth {
  if (test === null || port === "unknown") return "unknown";
  return either(test.spans.some(({ from, to }) => from <= port && port <= to) !== test.negated);
}

/** Interface names of rules may end in a wildcard: `*` in nft, `+` in iptables (compiled to `*`). */
function namesInterface(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function either(truth: boolean): Truth {
  return truth ? "true" : "false";
}

function highest(left: Level, right: Level): Level {
  return left > right ? left : right;
}

function lowest(left: Level, right: Level): Level {
  return left < right ? left : right;
}
