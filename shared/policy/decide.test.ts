import { expect, test } from "vitest";
import { freshFacts, goodSet, sampleInput, sampleNowAt } from "../../test/policy/sample-input.ts";
import { decide, decideReach, reachOf, sameReach } from "./decide.ts";
import { neverAt } from "./fact-sheet.ts";
import type { Input } from "./input.ts";

const git = `resources:
  - {name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: tcp, ports: [22]}]}
  - {name: db, site: s, tags: [prod], leaseSeconds: 60, targets: [{host: 10.0.0.2, proto: any}]}
`;
const allow = (id: string, more = "") =>
  `{id: ${id}, effect: allow, subjects: {groups: [engineering]}, resources: {tags: [dev]}${more}}`;
const deny = (id: string, more = "") =>
  `{id: ${id}, effect: deny, subjects: {groups: ["*"]}, resources: {tags: ["*"]}${more}}`;
const set = (...policies: string[]) => goodSet(git, `policies: [${policies.join(", ")}]\n`);
const effectOf = (policies: string[], input: Input = sampleInput()) =>
  decide(set(...policies), input, "git").effect;

test("nothing is allowed that no policy allows", () => {
  expect(effectOf([])).toBe("deny");
  expect(decide(set(allow("a")), sampleInput(), "db").effect).toBe("deny");
  expect(decide(set(allow("a")), sampleInput(), "nowhere")).toMatchObject({
    effect: "deny",
    leaseSeconds: 0,
  });
});

test("any matching deny wins, wherever it stands", () => {
  expect(effectOf([allow("a"), deny("d")])).toBe("deny");
  expect(effectOf([deny("d"), allow("a")])).toBe("deny");
  expect(decide(set(allow("a"), deny("d"), deny("c")), sampleInput(), "git").determinedBy).toEqual([
    "c",
    "d",
  ]);
});

const facts = (value: Parameters<typeof freshFacts>[0]) =>
  sampleInput({ facts: freshFacts(value) });
const stale = sampleInput({
  facts: new Map([
    ["disk.encrypted", { reading: { kind: "known" as const, value: true }, untilAt: sampleNowAt }],
  ]),
});
const encrypted = ", when: {disk.encrypted: {is: true}}";
const notPlain = ", when: {not: {disk.encrypted: {is: false}}}";
const plain = ", when: {disk.encrypted: {is: false}}";
const notEncrypted = ", when: {not: {disk.encrypted: {is: true}}}";

const threeValued: readonly [what: string, input: Input, allows: boolean, denies: boolean][] = [
  ["true", facts({ "disk.encrypted": true }), true, false],
  ["false", facts({ "disk.encrypted": false }), false, true],
  ["missing", facts({}), false, true],
  ["stale", stale, false, true],
  ["unknown", facts({ "disk.encrypted": { kind: "unknown", reason: "timeout" } }), false, true],
  [
    "not applicable",
    facts({ "disk.encrypted": { kind: "notApplicable", proof: "diskless" } }),
    false,
    true,
  ],
  ["of another type", facts({ "disk.encrypted": "true" }), false, true],
];

test.each(threeValued)(
  "a fact that is %s fails closed, also under not",
  (_, input, allows, denies) => {
    for (const when of [encrypted, notPlain]) {
      expect(effectOf([allow("a", when)], input), when).toBe(allows ? "allow" : "deny");
    }
    for (const when of [plain, notEncrypted]) {
      expect(effectOf([allow("a"), deny("d", when)], input), when).toBe(denies ? "deny" : "allow");
    }
  },
);

test("orNotApplicable lets a proven absence pass", () => {
  const when = ", when: {disk.encrypted: {is: true, orNotApplicable: true}}";
  expect(effectOf([allow("a", when)], threeValued[5]![1])).toBe("allow");
  expect(effectOf([allow("a", when)], facts({}))).toBe("deny");
});

const leaves: readonly [
  when: string,
  signal: string,
  value: number | string | string[],
  holds: boolean,
][] = [
  ["{atLeast: 30}", "os.patch_age_days", 30, true],
  ["{above: 30}", "os.patch_age_days", 30, false],
  ["{atMost: 30}", "os.patch_age_days", 30, true],
  ["{below: 30}", "os.patch_age_days", 30, false],
  ["{is: 30}", "os.patch_age_days", 30, true],
  ["{in: [1, 30]}", "os.patch_age_days", 30, true],
  ["{in: [1, 29]}", "os.patch_age_days", 30, false],
  ["{atLeast: 1, atMost: 9}", "os.patch_age_days", 30, false],
  ["{atMost: 30}", "os.patch_age_days", -1, false],
  ["{is: stable}", "os.channel", "stable", true],
  ["{is: stable}", "os.channel", "alpha", false],
  ['{atLeast: "12.5"}', "os.version", "12.11", true],
  ['{atLeast: "12.5"}', "os.version", "12", false],
  ['{is: "12"}', "os.version", "12.0.0-1", true],
  ['{below: "13"}', "os.version", "bookworm", false],
  ["{contains: cloud}", "edr.features", ["realtime", "cloud"], true],
  ["{contains: cloud}", "edr.features", ["realtime"], false],
  ["{contains: cloud}", "edr.features", ["cloud", "unheard"], false],
];

test.each(leaves)("%s on %s = %j", (when, signal, value, holds) => {
  const effect = effectOf([allow("a", `, when: {${signal}: ${when}}`)], facts({ [signal]: value }));
  expect(effect).toBe(holds ? "allow" : "deny");
});

test("all, any and not combine three values", () => {
  const unknownEdr = facts({ "disk.encrypted": true, "firewall.enabled": false });
  const holds = (when: string) => effectOf([allow("a", `, when: ${when}`)], unknownEdr) === "allow";
  expect(holds("{any: [{edr.running: {is: true}}, {disk.encrypted: {is: true}}]}")).toBe(true);
  expect(holds("{all: [{edr.running: {is: true}}, {disk.encrypted: {is: true}}]}")).toBe(false);
  expect(holds("{not: {all: [{edr.running: {is: true}}, {firewall.enabled: {is: true}}]}}")).toBe(
    true,
  );
  expect(holds("{not: {any: [{edr.running: {is: true}}, {firewall.enabled: {is: true}}]}}")).toBe(
    false,
  );
});

test("each set weighs what was seen by its own weights: a shadow, a plan and a replay agree", () => {
  const rules = `policies: [${allow("a")}, ${deny("d", ", when: {risk.identity: {atLeast: 60}}")}]\n`;
  const heavy = "riskWeights: {edr.alert: {points: 90}}\n";
  const input = sampleInput({
    risk: {
      session: 0,
      identity: 50,
      weighedBy: "",
      seen: [{ kind: "edr.alert", at: sampleInput().nowAt }],
    },
  });
  const verdicts = [rules, rules + heavy].map((text) => decide(goodSet(git, text), input, "git"));
  expect(verdicts.map(({ effect }) => effect)).toEqual(["allow", "deny"]);
});

test("risk, elevation and groups are conditions too", () => {
  const input = sampleInput({
    elevations: [{ role: "dba", untilAt: sampleNowAt + 5_000, approvals: 1 }],
  });
  expect(effectOf([allow("a", ", when: {elevation: {role: dba}}")], input)).toBe("allow");
  expect(effectOf([allow("a", ", when: {elevation: {role: root}}")], input)).toBe("deny");
  expect(effectOf([allow("a", ", when: {groups: [laptops]}")])).toBe("allow");
  expect(effectOf([allow("a", ", when: {risk.session: {below: 5}}")])).toBe("deny");
  const broken = sampleInput({ risk: { session: Number.NaN, identity: 0 } });
  expect(effectOf([allow("a"), deny("d", ", when: {risk.session: {atLeast: 70}}")], broken)).toBe(
    "deny",
  );
});

test("subjects match by user, group, device, tag or service account, and by type of session", () => {
  const { user: _, ...rest } = sampleInput();
  const device: Input = rest;
  const by = (subjects: string, input: Input) =>
    decide(
      set(`{id: a, effect: allow, subjects: ${subjects}, resources: {names: [git]}}`),
      input,
      "git",
    ).effect;
  for (const subjects of [
    "{users: [usr_a]}",
    "{groups: [engineering]}",
    '{types: [user], groups: ["*"]}',
  ]) {
    expect(by(subjects, sampleInput()), subjects).toBe("allow");
    expect(by(subjects, device), subjects).toBe("deny");
  }
  for (const subjects of ["{devices: [dev_a]}", "{tags: [managed]}", "{groups: [laptops]}"]) {
    expect(by(subjects, device), subjects).toBe("allow");
  }
  expect(by("{types: [device], devices: [dev_a]}", sampleInput())).toBe("deny");
  const server = { ...device, device: { ...device.device, serviceAccount: "backup" } };
  expect(by("{serviceAccounts: [backup]}", server)).toBe("allow");
  expect(by("{serviceAccounts: [builder]}", server)).toBe("deny");
  expect(by("{serviceAccounts: [backup]}", device)).toBe("deny");
  // Who is signed in at a server acts in the own name.
  expect(by("{serviceAccounts: [backup]}", sampleInput({ device: server.device }))).toBe("deny");
});

const stepUp = (strength: string, maxAge: string) =>
  `, require: {stepUp: {strength: ${strength}, maxAge: ${maxAge}}}`;

test("obligations of all matching allows add up to the strictest", () => {
  const policies = set(
    allow("a", stepUp("mfa", "P1D")),
    allow("b", stepUp("single", "PT15M")),
    allow("c", ", require: {recordSession: true}, leaseSeconds: 45"),
  );
  expect(decide(policies, sampleInput(), "git")).toEqual({
    resource: "git",
    effect: "allow",
    determinedBy: ["a", "b", "c"],
    obligations: { stepUp: { strength: "mfa", maxAgeSeconds: 900 }, record: true },
    leaseSeconds: 45,
    validUntilAt: sampleNowAt + 300_000,
    accessUntilAt: sampleNowAt + 300_000,
    errors: [],
  });
});

test("an unmet step-up is neither allow nor deny, and loses to a deny", () => {
  expect(effectOf([allow("a"), allow("b", stepUp("phishing_resistant", "PT1H"))])).toBe("stepUp");
  expect(effectOf([allow("a", stepUp("mfa", "PT5M"))])).toBe("stepUp");
  expect(effectOf([allow("a", stepUp("mfa", "PT5M")), deny("d")])).toBe("deny");
});

test("validity ends with the first edge of the whole tree, for a no as well", () => {
  const input = sampleInput({
    elevations: [{ role: "dba", untilAt: sampleNowAt + 9_000, approvals: 1 }],
    facts: new Map([
      ["disk.encrypted", { reading: { kind: "known", value: true }, untilAt: sampleNowAt + 7_000 }],
      ["edr.running", { reading: { kind: "known", value: false }, untilAt: sampleNowAt + 5_000 }],
    ]),
  });
  const when = ", when: {any: [{disk.encrypted: {is: true}}, {edr.running: {is: true}}]}";
  const yes = decide(set(allow("a", when)), input, "git");
  expect(yes).toMatchObject({
    effect: "allow",
    validUntilAt: sampleNowAt + 5_000,
    accessUntilAt: neverAt,
  });
  const elevated = decide(set(allow("a", ", when: {elevation: {role: dba}}")), input, "git");
  expect(elevated.accessUntilAt).toBe(sampleNowAt + 9_000);
  const no = decide(set(allow("a"), deny("d", plain)), input, "git");
  expect(no.validUntilAt).toBe(sampleNowAt + 7_000);
});

test("a quarantined device reaches nothing", () => {
  const { device } = sampleInput();
  const input = sampleInput({ device: { ...device, quarantined: true } });
  expect(decideReach(set(allow("a")), input).map((verdict) => verdict.effect)).toEqual([
    "deny",
    "deny",
  ]);
  expect([...reachOf(set(allow("a")), input).allow]).toEqual([0]);
});

test("a policy in shadow changes nothing but says what it would do", () => {
  const policies = [allow("a"), deny("d", ", mode: shadow")];
  expect(decide(set(...policies), sampleInput(), "git")).toMatchObject({
    effect: "allow",
    shadow: { effect: "deny", determinedBy: ["d"] },
  });
  expect(decide(set(allow("a")), sampleInput(), "git").shadow).toBeUndefined();
});

test("an evaluation that fails closes: the allow does not match, the deny does", () => {
  const broken = new Map<string, never>();
  broken.get = () => {
    throw new Error("planted");
  };
  const input = sampleInput({ facts: broken });
  expect(decide(set(allow("a", encrypted)), input, "git")).toMatchObject({
    effect: "deny",
    errors: [{ policy: "a", code: "evaluation_error" }],
  });
  expect(decide(set(allow("a"), deny("d", plain)), input, "git")).toMatchObject({
    effect: "deny",
    determinedBy: ["d"],
  });
});

test("the quick reach says the same as the verdicts, and notices a flip", () => {
  const policies = set(allow("a", encrypted), allow("b", stepUp("phishing_resistant", "PT1H")));
  const open = reachOf(policies, sampleInput());
  expect([[...open.allow], [...open.stepUp]]).toEqual([[0], [2]]);
  const same = reachOf(policies, sampleInput({ nowAt: sampleNowAt + 1 }));
  expect(sameReach(open, same)).toBe(true);
  const { user: _, ...device } = sampleInput();
  expect(sameReach(open, reachOf(policies, device))).toBe(false);
});
