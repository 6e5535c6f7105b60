import { expect, test, vi } from "vitest";
import { formatDocumentError } from "../document-error.ts";
import { parseDocument } from "./document.ts";

// Many cases: the time is work, not waiting, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

const head = "apiVersion: sallyport/v1\n";

function errorsOf(text: string): string[] {
  const result = parseDocument("p.yaml", text);
  return result.kind === "refused" ? result.errors.map(formatDocumentError) : [];
}

const resource = `${head}resources:
  - name: git
    site: berlin
    targets: [{host: 10.50.0.10, proto: tcp, ports: [22, "8000-8100"]}]
`;

test("a resource gets its defaults and its host becomes a prefix", () => {
  const result = parseDocument("p.yaml", resource);
  if (result.kind === "refused") throw new Error("refused");
  expect(result.document.resources).toEqual([
    {
      name: "git",
      site: "berlin",
      targets: [
        {
          cidr: "10.50.0.10/32",
          proto: "tcp",
          ports: ["22", "8000-8100"],
          at: { file: "p.yaml", line: 5, column: 15 },
        },
      ],
      tags: [],
      sensitivity: "normal",
      protected: true,
      leaseSeconds: 120,
      offlineToleranceSeconds: 900,
      at: { file: "p.yaml", line: 3, column: 5 },
    },
  ]);
});

test("a line `---` before or behind the document begins no second one", () => {
  const bare = parseDocument("p.yaml", resource);
  for (const text of [`${resource}---\n`, `${resource}---`, `${resource}\r\n---  \r\n\n`]) {
    expect(parseDocument("p.yaml", text)).toEqual(bare);
  }
  expect(errorsOf(`---\n${resource}---\n`)).toEqual([]);
});

test("a sensitive resource has no offline tolerance", () => {
  const high = `${resource}    sensitivity: high\n`;
  const result = parseDocument("p.yaml", high);
  const [git] = result.kind === "parsed" ? result.document.resources : [];
  expect(git?.offlineToleranceSeconds).toBe(0);
  expect(errorsOf(`${high}    offlineToleranceSeconds: 60\n`)).toEqual([
    "p.yaml:7:30: E601 offlineToleranceSeconds must be 0 where sensitivity is high",
  ]);
});

const refusals: readonly [what: string, text: string, error: string][] = [
  [
    "an unknown key",
    `${head}polices: []\n`,
    "p.yaml:2:1: E603 unknown key `polices` in a policy document; did you mean `policies`?",
  ],
  ["no version", "policies: []\n", "p.yaml:1:1: E601 a policy document needs the key `apiVersion`"],
  [
    "another version",
    "apiVersion: sallyport/v2\n",
    "p.yaml:1:13: E601 apiVersion `sallyport/v2` is none of sallyport/v1; did you mean `sallyport/v1`?",
  ],
  [
    "an alias",
    `${head}levels: &a {}\n`,
    "p.yaml:2:12: E607 anchors are not allowed; write the value out",
  ],
  ["a tag", `${head}levels: !!map {}\n`, "p.yaml:2:15: E607 tags are not allowed"],
  [
    "a duplicate key",
    `${head}levels: {}\nlevels: {}\n`,
    "p.yaml:3:1: E605 `levels` is given twice",
  ],
  [
    "two documents",
    `${head}---\nlevels: {}\n`,
    "p.yaml:2:1: E602 a file holds one document; write what follows `---` into another file",
  ],
  ["an open quote", `${head}levels: {a: "b}\n`, "E602"],
  ["an empty file", "", "p.yaml:1:1: E601 a policy document must be a map, not nothing"],
  [
    "a null level",
    `${head}levels:\n  a:\n`,
    "p.yaml:3:5: E601 a condition must be a map, not nothing",
  ],
  [
    "a number as a bool",
    `${resource}    protected: 1\n`,
    "p.yaml:6:16: E601 protected must be true or false, not a number",
  ],
  [
    "a lease too long",
    `${resource}    leaseSeconds: 901\n`,
    "p.yaml:6:19: E601 leaseSeconds must be a whole number from 30 to 900",
  ],
  [
    "bounds without a name",
    `${resource}    resolvesTo: ["10.0.0.0/24"]\n`,
    "p.yaml:3:5: E601 resolvesTo bounds the names of a resource; this one has none",
  ],
  [
    "a name with capitals",
    `${head}levels: {Big: {all: []}}\n`,
    "p.yaml:2:10: E601 a level's name `Big` is not a name (a-z, 0-9, . _ -, at most 63)",
  ],
];

test.each(refusals)("%s is refused with its place", (_, text, error) => {
  expect(errorsOf(text)).toContainEqual(expect.stringContaining(error));
});

const targets: readonly [target: string, why: string][] = [
  ["{cidr: 10.0.0.1/8, proto: tcp}", "is not a canonical prefix"],
  ["{cidr: 0.0.0.0/0, proto: any}", "is wider than /8"],
  ["{cidr: 127.0.0.0/8, proto: any}", "touches loopback"],
  ["{host: 169.254.169.254, proto: tcp}", "link-local"],
  ["{cidr: fd00::/16, proto: any}", "is wider than /24"],
  ["{host: 64:ff9b::7f00:1, proto: any}", "touches loopback addresses behind NAT64"],
  ["{cidr: 64:ff9b::/96, proto: any}", "is wider than /8 behind NAT64"],
  ["{cidr: 64:ff9b::/64, proto: any}", "is wider than /8 behind NAT64"],
  ["{cidr: 64:ff9b:1::/64, proto: any}", "touches translated addresses"],
  ["{host: git.example, proto: tcp}", "is not an IP address; use domain"],
  ["{domain: Git.example, proto: tcp}", "is not a domain"],
  ["{domain: localhost, proto: tcp}", "at least two labels"],
  ["{host: 10.0.0.1, domain: a.example, proto: tcp}", "exactly one of cidr, host, domain"],
  ["{host: 10.0.0.1}", "needs the key `proto`"],
  ["{host: 10.0.0.1, proto: icmp, ports: [1]}", "proto icmp has no ports"],
  ["{host: 10.0.0.1, proto: tcp, ports: [0]}", "neither a port nor a range"],
  ['{host: 10.0.0.1, proto: tcp, ports: ["9-3"]}', "neither a port nor a range"],
  ["{host: 10.0.0.1, proto: tcp, ports: [65536]}", "neither a port nor a range"],
];

test("a host behind NAT64 is taken", () => {
  const target = "{host: 64:ff9b::a00:1, proto: any}";
  const text = `${head}resources: [{name: a, site: b, targets: [${target}]}]\n`;
  expect(errorsOf(text)).toEqual([]);
});

test.each(targets)("target %s is refused", (target, why) => {
  const text = `${head}resources: [{name: a, site: b, targets: [${target}]}]\n`;
  expect(errorsOf(text)).toContainEqual(expect.stringContaining(why));
});

const conditions: readonly [when: string, why: string][] = [
  ["{alll: []}", "E603 unknown key `alll` in a condition; did you mean `all`?"],
  ["{all: []}", "all has 0 entries"],
  ["{any: {}}", "any must be a list"],
  ["{}", "a condition needs a key"],
  ["{disk.encrypted: {}}", "needs an operator"],
  ["{disk.encrypted: true}", "must be a map, not a boolean"],
  [
    "{disk.encrypted: {iss: true}}",
    "unknown key `iss` in the condition on `disk.encrypted`; did you mean `is`?",
  ],
  ["{disk.encrypted: {is: 1.5}}", "an operand is true, false, a whole number or text"],
  ["{signal: disk, is: true}", "is not a signal's name"],
  ["{risk.session: {is: 3}}", "unknown key `is` in risk.session"],
  ["{risk.session: {below: 101}}", "whole number from 0 to 100"],
  ["{not: [a]}", "a condition must be a map, not a list"],
];

test.each(conditions)("condition %s is refused", (when, why) => {
  expect(errorsOf(`${head}levels: {a: ${when}}\n`)).toContainEqual(expect.stringContaining(why));
});

const policies: readonly [policy: string, why: string][] = [
  ["{id: a, effect: allow, subjects: {}, resources: {tags: [a]}}", "subjects needs users, groups"],
  [
    "{id: a, effect: allow, subjects: {groups: [a]}, resources: {}}",
    "resources needs names or tags",
  ],
  [
    "{id: a, effect: permit, subjects: {groups: [a]}, resources: {tags: [a]}}",
    "effect `permit` is none of",
  ],
  [
    "{id: a, effect: deny, subjects: {groups: [a]}, resources: {tags: [a]}, leaseSeconds: 60}",
    "a deny has neither",
  ],
  [
    "{id: a, effect: allow, subjects: {groups: [a]}, resources: {tags: [a]}, require: {stepUp: {strength: mfa, maxAge: 15m}}}",
    "is not a duration such as PT15M",
  ],
  ["{effect: allow, subjects: {groups: [a]}, resources: {tags: [a]}}", "needs the key `id`"],
];

test.each(policies)("policy %s is refused", (policy, why) => {
  expect(errorsOf(`${head}policies: [${policy}]\n`)).toContainEqual(expect.stringContaining(why));
});

test("hostile files end in an error, not in a crash or a long wait", () => {
  const bombs = [
    "[".repeat(1_000_000),
    `${head}levels: ${"[".repeat(50)}${"]".repeat(50)}\n`,
    `a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n`,
    `a: &a {b: c}\nd: {<<: *a}\n`,
    "x".repeat(1024 * 1024 + 1),
    `${head}# ${"10 MB ".repeat(1_750_000)}`,
    `${"- ".repeat(100_000)}a`,
  ];
  for (const bomb of bombs) {
    expect(parseDocument("bomb.yaml", bomb).kind, bomb.slice(0, 20)).toBe("refused");
  }
});

test("all errors of a file are found in one run, and none brings a document", () => {
  const text = `${head}resources: [{name: A, site: b, targets: []}]\npolicies: [{id: a}]\n`;
  expect(errorsOf(text)).toHaveLength(5);
});
