import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { joinFamilies, judgeFamily, readingOf } from "./judge.ts";
import { parseNft } from "./nft-json.ts";
import { mergeRulesets } from "./ruleset.ts";
import type { Ruleset } from "./ruleset.ts";
import { parseXtablesSave } from "./xtables-save.ts";

const folder = new URL("../../../../test/fixtures/posture/firewall/", import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, folder), "utf8");

function nft(name: string): Ruleset {
  const ruleset = parseNft(fixture(`${name}.json`), "ruleset");
  if (ruleset === null) throw new Error(`${name} does not parse`);
  return ruleset;
}

function save(name: string, family: "ipv4" | "ipv6", prefix = "x_tables:"): Ruleset {
  const ruleset = parseXtablesSave(fixture(`${name}.txt`), family, prefix);
  if (ruleset === null) throw new Error(`${name} does not parse`);
  return ruleset;
}

const both = (ruleset: Ruleset, interfaces = ["eth0", "wlan0"]) => [
  judgeFamily(ruleset, "ipv4", interfaces).kind,
  judgeFamily(ruleset, "ipv6", interfaces).kind,
];

test.each([
  ["empty", "open", "open"],
  ["accept-all", "open", "open"],
  ["plain-default-deny", "denied", "denied"],
  ["policy-accept-final-drop", "denied", "denied"],
  ["drop-policy-accept-rule", "open", "open"],
  ["reverse-path-only", "open", "open"],
  ["named-sets", "denied", "denied"],
  ["everyone-set", "open", "denied"],
  ["high-ports-open", "open", "open"],
  ["attacker-source-port", "open", "open"],
  ["unjudgeable", "unsure", "unsure"],
  ["own-tables-only", "open", "open"],
  ["firewalld-public", "denied", "denied"],
  ["firewalld-trusted", "open", "open"],
  ["iptables-nft-v4", "unsure", "open"],
  ["beside-legacy", "open", "open"],
])("nft ruleset %s is IPv4 %s, IPv6 %s", (name, ipv4, ipv6) => {
  expect(both(nft(name))).toEqual([ipv4, ipv6]);
});

test.each([
  ["accept", "unsure"],
  ["drop", "denied"],
])("a set that packets fill is not judged by what it holds: %s of its members", (verdict, kind) => {
  const at = { family: "inet", table: "t" };
  const sender = { payload: { protocol: "ip", field: "saddr" } };
  const port = { payload: { protocol: "tcp", field: "dport" } };
  const rule = (...expr: object[]) => ({ rule: { ...at, chain: "i", expr } });
  const hook = { type: "filter", hook: "input", prio: 0, policy: "drop" };
  const nftables = [
    { metainfo: {} },
    { table: { family: "inet", name: "t" } },
    { set: { ...at, name: "s", type: "ipv4_addr", flags: ["timeout"], timeout: 60 } },
    { chain: { ...at, name: "i", ...hook } },
    rule(
      { match: { op: "==", left: port, right: 80 } },
      { set: { op: "update", elem: sender, set: "@s" } },
    ),
    rule({ match: { op: "==", left: sender, right: "@s" } }, { [verdict]: null }),
  ];
  const ruleset = parseNft(JSON.stringify({ nftables }), "ruleset");
  expect(ruleset === null ? null : judgeFamily(ruleset, "ipv4", ["eth0"]).kind).toBe(kind);
});

test.each(["-m rt --rt-type 0", "-m frag --fragid 1", "-p ipv6-icmp -m icmp6 --icmpv6-type 134"])(
  "an open firewall is open beside a rule against %s, as ufw has them",
  (match) => {
    const text = `*filter\n:INPUT DROP [0:0]\n-A INPUT ${match} -j DROP\n-A INPUT -j ACCEPT\nCOMMIT\n`;
    const ruleset = parseXtablesSave(text, "ipv6", "");
    expect(ruleset === null ? null : judgeFamily(ruleset, "ipv6", ["eth0"]).kind).toBe("open");
  },
);

test.each([
  ["-m rt --rt-type 0", "open"],
  ["-m hbh", "open"],
  ["-m dst --dst-len 8", "open"],
  ["-p ipv6-icmp -m icmp6 --icmpv6-type 134", "denied"],
])("attack: a rule that lets in %s is one for whoever writes that header: %s", (match, kind) => {
  const text = `*filter\n:INPUT DROP [0:0]\n-A INPUT ${match} -j ACCEPT\nCOMMIT\n`;
  const ruleset = parseXtablesSave(text, "ipv6", "");
  expect(ruleset === null ? null : judgeFamily(ruleset, "ipv6", ["eth0"]).kind).toBe(kind);
});

const pieces = ["1:16000", "16001:32000", "32001:48000", "48001:65535"];
const eighths = Array.from({ length: 100 }, (_, index) => `${index + 11}.0.0.0/8`);

test.each([
  ["ports by pieces, one rule each", pieces.map((ports) => `-p tcp --dport ${ports}`), "open"],
  [
    "the same, for the local network",
    pieces.map((p) => `-s 10.0.0.0/8 -p tcp --dport ${p}`),
    "denied",
  ],
  [
    "some port, and the local network to all by pieces",
    [...pieces.map((ports) => `-p tcp --dport ${ports} -s 10.0.0.0/8`), "-p tcp --dport 22"],
    "denied",
  ],
  ["the same, by other transports", pieces.map((ports) => `-p sctp --dport ${ports}`), "denied"],
  ["some ports, again and again", Array(9).fill("-p tcp --dport 1:16000"), "denied"],
  ["all but some ports", ["-p tcp ! --dport 1:100"], "open"],
  ["networks by the hundred, one rule each", eighths.map((net) => `-s ${net}`), "open"],
  ["one such network", eighths.slice(0, 1).map((net) => `-s ${net}`), "denied"],
  [
    "networks by the hundred, each for one port",
    eighths.map((net) => `-s ${net} -p tcp --dport 22`),
    "denied",
  ],
])("rules that let in %s", (_, matches, kind) => {
  const rules = (target: string) =>
    matches.map((match) => `-A INPUT ${match} -j ${target}\n`).join("");
  const judged = (target: string) => {
    const text = `*filter\n:INPUT DROP [0:0]\n${rules(target)}COMMIT\n`;
    const ruleset = parseXtablesSave(text, "ipv4", "");
    return ruleset === null ? null : judgeFamily(ruleset, "ipv4", ["eth0"]).kind;
  };
  expect(judged("ACCEPT")).toBe(kind);
  expect(judged("DROP")).toBe("denied");
  // What is refused is no choice.
  expect(judged("DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT")).toBe("denied");
});

// nft 1.0.6 prints a wrong text as flags; only their absence, and flags known to be harmless, count.
test.each([
  ['"flags": ["dormant"]', "open"],
  ['"flags": "Lester Gooch #5"', "open"],
  ['"flags": ["owner", "persist"]', "denied"],
])("a table with %s is %s", (flags, kind) => {
  const text = fixture("plain-default-deny.json");
  const flagged = text.replace(/("table": \{)/, `$1${flags}, `);
  expect(flagged).not.toBe(text);
  const ruleset = parseNft(flagged, "ruleset");
  expect(ruleset === null ? null : both(ruleset)).toEqual([kind, kind]);
});

const natRules = (input: readonly object[], translation: readonly object[]) => {
  const at = { family: "inet", table: "t" };
  const rule = (chain: string, ...expr: object[]) => ({ rule: { ...at, chain, expr } });
  const hook = { prio: 0, policy: "drop", hook: "input", type: "filter" };
  const nat = { prio: -100, policy: "accept", hook: "prerouting", type: "nat" };
  const nftables = [
    { metainfo: {} },
    { chain: { ...at, name: "i", ...hook } },
    { chain: { ...at, name: "n", ...nat } },
    rule("i", ...input),
    rule("n", ...translation),
  ];
  return JSON.stringify({ nftables });
};
const port = (right: unknown) => {
  const left = { payload: { protocol: "tcp", field: "dport" } };
  return { match: { op: "==", left, right } };
};
const translated = { match: { op: "in", left: { ct: { key: "status" } }, right: "dnat" } };
const accept = { accept: null };
const whole = port({ range: [1, 65_535] });
const toNames = {
  map: { key: { payload: { protocol: "tcp", field: "dport" } }, data: { set: [[80, 22]] } },
};

test.each([
  ["every port to an open one", [port(22), accept], [whole, { redirect: { port: 22 } }], "open"],
  [
    "many ports to an open one",
    [port(22), accept],
    [port({ range: [1024, 60_000] }), { dnat: { addr: "::1", port: 22 } }],
    "open",
  ],
  [
    "every port, and translated ones are let in",
    [translated, accept],
    [whole, { redirect: { port: 80 } }],
    "open",
  ],
  [
    "every port to one that nobody can tell",
    [port(22), accept],
    [whole, { redirect: { port: { range: [20, 30] } } }],
    "unsure",
  ],
  ["every port to a closed one", [port(22), accept], [whole, { redirect: { port: 80 } }], "denied"],
  [
    "one port to an open one",
    [port(22), accept],
    [port(2222), { redirect: { port: 22 } }],
    "denied",
  ],
  ["every port as it is", [port(22), accept], [whole, { redirect: null }], "denied"],
  ["by a map of a few ports", [port(22), accept], [{ redirect: { port: toNames } }], "denied"],
  [
    "every port by writing another one",
    [port(22), accept],
    [{ mangle: { key: { payload: { protocol: "tcp", field: "dport" } }, value: 22 } }],
    "open",
  ],
  [
    "every port by writing to its place",
    [port(22), accept],
    [{ mangle: { key: { payload: { base: "th", offset: 16, len: 16 } }, value: 22 } }],
    "unsure",
  ],
  [
    "another family",
    [port(22), accept],
    [whole, { dnat: { family: "ip6", addr: "::1", port: 22 } }],
    "denied",
  ],
  [
    "what comes to an address that may be ours",
    [port(22), accept],
    [
      {
        match: {
          op: "==",
          left: { payload: { protocol: "ip", field: "daddr" } },
          right: "203.0.113.9",
        },
      },
      { redirect: { port: 22 } },
    ],
    "unsure",
  ],
  ["nothing", [translated, accept], [], "denied"],
])("attack: a translation leads %s", (_, input, translation, kind) => {
  const ruleset = parseNft(natRules(input, translation), "ruleset");
  expect(ruleset === null ? null : judgeFamily(ruleset, "ipv4", ["eth0"]).kind).toBe(kind);
});

test("a chain that may translate has to be read before anything counts as refused", () => {
  const text = natRules([port(22), accept], []);
  const input = parseNft(text, "ruleset");
  const chains = parseNft(text, "chains");
  if (input === null || chains === null) throw new Error("does not parse");
  const known = [...input.chains].filter(([key]) => key === "inet t i");
  const half = mergeRulesets(chains, { ...input, chains: new Map(known) });
  expect(judgeFamily(half, "ipv4", ["eth0"])).toMatchObject({
    kind: "unsure",
    unread: [{ family: "inet", table: "t", name: "n" }],
  });
});

test.each([
  ["-p tcp -j REDIRECT --to-ports 22", "open"],
  ["-p tcp -m tcp --dport 2222 -j REDIRECT --to-ports 22", "denied"],
  ["-p tcp -j DNAT --to-destination 127.0.0.1:22", "open"],
  ["-p tcp -j DNAT --to-destination 10.0.0.2:20-30", "unsure"],
  ["-p tcp -j DNAT --to-destination 10.0.0.2", "denied"],
  ["-p tcp -j DNAT", "unsure"],
])("attack: legacy tables lead away %s", (rule, kind) => {
  const nat = `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${rule}\nCOMMIT\n`;
  const filter =
    "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n";
  const ruleset = parseXtablesSave(nat + filter, "ipv4", "x_tables:");
  expect(ruleset === null ? null : judgeFamily(ruleset, "ipv4", ["eth0"]).kind).toBe(kind);
});

test.each([
  ["DNAT", "open"],
  ["RELATED,ESTABLISHED", "denied"],
])("translated ones are let in by the state %s", (states, kind) => {
  const nat =
    "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j REDIRECT --to-ports 80\nCOMMIT\n";
  const filter = `*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate ${states} -j ACCEPT\nCOMMIT\n`;
  const ruleset = parseXtablesSave(nat + filter, "ipv4", "x_tables:");
  expect(ruleset === null ? null : judgeFamily(ruleset, "ipv4", ["eth0"]).kind).toBe(kind);
});

test("an unsure judgement says unknown(conflict), never a value", () => {
  expect(readingOf(judgeFamily(nft("unjudgeable"), "ipv4", ["eth0"]))).toEqual({
    kind: "unknown",
    reason: "conflict",
  });
});

test("the saved text of iptables over nft settles what nft prints without arguments", () => {
  const over = save("iptables-nft-v4-save", "ipv4", "");
  expect(both(mergeRulesets(nft("iptables-nft-v4"), over))).toEqual(["denied", "open"]);
});

test("ufw over nft is a deny for both families", () => {
  const under = nft("ufw-on-iptables-nft");
  const over = mergeRulesets(
    save("ufw-iptables-nft-save", "ipv4", ""),
    save("ufw-ip6tables-nft-save", "ipv6", ""),
  );
  expect(both(mergeRulesets(under, over))).toEqual(["denied", "denied"]);
});

test("legacy tables, invisible to nft, count for their family", () => {
  const legacy = save("legacy-v4-save", "ipv4");
  expect(both(mergeRulesets(nft("beside-legacy"), legacy))).toEqual(["denied", "open"]);
});

test("an unconditional accept on one interface opens the host", () => {
  const text = fixture("iptables-nft-v4-save.txt").replace(
    "-A INPUT -i lo",
    "-A INPUT -i wl+ -j ACCEPT\n-A INPUT -i lo",
  );
  const ruleset = parseXtablesSave(text, "ipv4", "");
  if (ruleset === null) throw new Error("does not parse");
  expect(judgeFamily(ruleset, "ipv4", ["eth0"]).kind).toBe("denied");
  expect(judgeFamily(ruleset, "ipv4", ["eth0", "wlan0"]).kind).toBe("open");
});

test("chains whose rules were not read are named and leave the judgement unsure", () => {
  const chains = parseNft(fixture("plain-default-deny.json"), "chains");
  if (chains === null) throw new Error("does not parse");
  expect(judgeFamily(chains, "ipv4", ["eth0"])).toMatchObject({
    kind: "unsure",
    unread: [{ family: "inet", table: "filter", name: "input" }],
  });
});

test("both families must refuse; one that does not exist here does not count", () => {
  const on = { kind: "known", value: true } as const;
  const off = { kind: "known", value: false } as const;
  const none = { kind: "notApplicable", proof: "IPv6 is off" } as const;
  const doubt = { kind: "unknown", reason: "conflict" } as const;
  expect(joinFamilies(on, on)).toEqual(on);
  expect(joinFamilies(on, off)).toEqual(off);
  expect(joinFamilies(doubt, off)).toEqual(off);
  expect(joinFamilies(on, doubt)).toEqual(doubt);
  expect(joinFamilies(on, none)).toEqual(on);
});

const texts = ["plain-default-deny.json", "firewalld-public.json", "ufw-on-iptables-nft.json"].map(
  fixture,
);

test("text with bytes replaced anywhere is judged or refused, never thrown over", () => {
  const damage = fc.record({
    text: fc.constantFrom(...texts),
    at: fc.nat(60_000),
    with: fc.string(),
    cut: fc.nat(400),
  });
  fc.assert(
    fc.property(damage, (damaged) => {
      const at = damaged.at % damaged.text.length;
      const text = damaged.text.slice(0, at) + damaged.with + damaged.text.slice(at + damaged.cut);
      const ruleset = parseNft(text, "ruleset");
      if (ruleset === null) return;
      expect(["denied", "open", "unsure"]).toContain(judgeFamily(ruleset, "ipv4", ["eth0"]).kind);
    }),
  );
});

test("cut text is no ruleset", () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(60_000), (text, cut) => {
      expect(parseNft(text.slice(0, cut % (text.trimEnd().length - 1)), "ruleset")).toBeNull();
    }),
  );
});

test("garbage is no ruleset", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(parseNft(text, "ruleset")).toBeNull();
      const save = parseXtablesSave(text, "ipv4", "");
      if (save !== null) expect(judgeFamily(save, "ipv4", ["eth0"]).kind).toBe("open");
    }),
  );
});

test("arbitrary expressions in an accepting chain never make it a deny", () => {
  const expression = fc.oneof(
    fc.json().map((text) => JSON.parse(text) as unknown),
    fc.record({ match: fc.record({ op: fc.string(), left: fc.json(), right: fc.json() }) }),
    fc.record({ counter: fc.anything() }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(expression)), (rules) => {
      const place = { family: "inet", table: "t", name: "in" };
      const text = JSON.stringify({
        nftables: [
          { metainfo: {} },
          { chain: { ...place, type: "filter", hook: "input", prio: 0, policy: "accept" } },
          ...rules.map((expr) => ({ rule: { family: "inet", table: "t", chain: "in", expr } })),
        ],
      });
      const ruleset = parseNft(text, "ruleset");
      if (ruleset !== null) expect(judgeFamily(ruleset, "ipv4", []).kind).not.toBe("denied");
    }),
  );
});
