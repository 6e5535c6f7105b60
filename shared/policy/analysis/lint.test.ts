import { expect, test } from "vitest";
import { goodSet, sampleNowAt } from "../../../test/policy/sample-input.ts";
import { decide } from "../decide.ts";
import { lintPolicies } from "./lint.ts";
import type { LintOptions } from "./lint-options.ts";

const base = `resources:
  - {name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: any}]}
  - {name: db, site: s, tags: [prod], sensitivity: high, targets: [{host: 10.0.0.2, proto: any}]}
`;
const policy = (
  id: string,
  more: string,
  head = "effect: allow, subjects: {groups: [eng]}, resources: {tags: [dev]}",
) => `{id: ${id}, ${head}${more === "" ? "" : `, ${more}`}}`;
const denyHead = "effect: deny, subjects: {groups: [eng]}, resources: {tags: [dev]}";

function lintOf(policies: string[], options: Partial<LintOptions> = {}, extra = "") {
  const set = goodSet(base, `policies: [${policies.join(", ")}]\n${extra}`);
  return { set, findings: lintPolicies(set, { nowAt: sampleNowAt, ...options }) };
}
const codesOf = (policies: string[], options: Partial<LintOptions> = {}) =>
  lintOf(policies, options).findings.map(({ code, policy: id }) => `${code} ${id}`);

const young = "when: {os.patch_age_days: {atMost: 30}}";

const many = Array.from({ length: 70 }, (_, n) => `{os.patch_age_days: {is: ${n}}}`).join(", ");

const dead: readonly string[] = [
  "when: {all: [{os.patch_age_days: {below: 5}}, {os.patch_age_days: {above: 9}}]}",
  "when: {os.patch_age_days: {below: 0}}",
  "when: {disk.encrypted: {is: true}, not: {disk.encrypted: {is: true}}}",
  "when: {risk.session: {above: 99, below: 100}}",
  "when: {all: [{os.channel: {in: [stable]}}, {os.channel: {in: [beta, nightly]}}]}",
  'when: {all: [{os.version: {below: "12"}}, {os.version: {atLeast: "12.0"}}]}',
  "when: {all: [{time.local: {days: [sat, sun], zone: UTC}}, {time.local: {days: [mon], zone: UTC}}]}",
  "when: {all: [{groups: [a, b]}, {not: {groups: [a, b, c]}}]}",
];

test.each(dead)("dead: %s", (when) => {
  expect(codesOf([policy("a", when)])).toEqual(["SP-620 a"]);
});

const alive: readonly string[] = [
  "when: {all: [{os.patch_age_days: {above: 5}}, {os.patch_age_days: {below: 7}}]}",
  'when: {all: [{os.version: {above: "12"}}, {os.version: {below: "12.1"}}]}',
  'when: {all: [{time.local: {days: [sun], from: "22:00", to: "02:00", zone: UTC}}, {time.local: {days: [mon], zone: UTC}}]}',
  "when: {not: {disk.encrypted: {is: true}}}",
];

test.each(alive)("alive: %s", (when) => {
  expect(codesOf([policy("a", when)])).toEqual([]);
});

test("a deny that can never hold still denies where something is unknown, and says so", () => {
  const { findings } = lintOf([policy("a", dead[0] ?? "", denyHead)]);
  expect(findings.map(({ why }) => why)).toEqual([
    "the condition of `a` can never hold: it denies only where something is unknown",
  ]);
});

test("an allow that a deny takes away piece by piece never allows either", () => {
  const pieces =
    "when: {any: [{os.patch_age_days: {below: 5}}, {os.patch_age_days: {atLeast: 5}}]}";
  const allow = policy("a", "when: {os.patch_age_days: {atMost: 9}}");
  expect(codesOf([allow, policy("d", pieces, denyHead)])).toEqual(["SP-622 a"]);
});

test("a rule that another one covers adds nothing, unless it asks for more", () => {
  const narrow = policy("b", "when: {os.patch_age_days: {atMost: 20}, disk.encrypted: {is: true}}");
  expect(codesOf([policy("a", young), narrow])).toEqual(["SP-621 b"]);
  expect(codesOf([policy("a", young), policy("b", young)])).toEqual(["SP-621 b"]);
  const recorded = policy("b", `${young}, require: {recordSession: true}`);
  expect(codesOf([policy("a", young), recorded])).toEqual(["SP-621 a"]);
  const asking = "when: {os.patch_age_days: {atMost: 20}}, require: {recordSession: true}";
  expect(codesOf([policy("a", young), policy("b", asking)])).toEqual([]);
  expect(
    codesOf([policy("a", young), policy("b", "when: {os.patch_age_days: {atMost: 31}}")]),
  ).toEqual(["SP-621 a"]);
  const ops = policy(
    "b",
    young,
    "effect: allow, subjects: {groups: [ops]}, resources: {tags: [dev]}",
  );
  expect(codesOf([policy("a", young), ops])).toEqual([]);
});

test("an allow that a deny covers never allows, and the example shows it", () => {
  const { set, findings } = lintOf([
    policy("a", young),
    policy("d", "when: {os.patch_age_days: {below: 40}}", denyHead),
  ]);
  const [finding] = findings;
  expect(finding).toMatchObject({ code: "SP-622", policy: "a" });
  if (finding?.example === undefined) throw new Error("no example");
  expect(decide(set, finding.example, "git")).toMatchObject({
    effect: "deny",
    determinedBy: ["d"],
  });
  expect(
    codesOf([policy("a", young), policy("d", "when: {os.patch_age_days: {below: 20}}", denyHead)]),
  ).toEqual([]);
});

const age = (range: string) => `when: {os.patch_age_days: {${range}}}`;
const whyOf = (policies: string[]) =>
  lintOf(policies).findings.map(({ code, why }) => `${code} ${why}`);

test("a rule that several others cover together adds nothing, and only those who are needed are named", () => {
  const others = [policy("a", age("atMost: 10")), policy("b", age("above: 10"))];
  expect(
    whyOf([...others, policy("c", age("atLeast: 5, atMost: 20")), policy("d", young)]),
  ).toEqual([
    "SP-621 `c` adds nothing: `a` and `b` together already allow all of it",
    "SP-621 `d` adds nothing: `a` and `b` together already allow all of it",
  ]);
  // A gap of one day, and a fact that nobody knows, are left to it.
  const gap = [policy("a", age("atMost: 10")), policy("b", age("above: 11"))];
  expect(whyOf([...gap, policy("c", age("atLeast: 5, atMost: 20"))])).toEqual([]);
  expect(whyOf([...others, policy("c", "")])).toEqual([
    "SP-621 `a` adds nothing: `c` already allows all of it",
    "SP-621 `b` adds nothing: `c` already allows all of it",
  ]);
});

test("others cover together what each group and each resource of a rule is apart", () => {
  const head = (groups: string, tags: string) =>
    `effect: allow, subjects: {groups: [${groups}]}, resources: {tags: [${tags}]}`;
  const encrypted = "when: {disk.encrypted: {is: true}, risk.session: {below: 60}}";
  const pieces = [
    policy("a", encrypted, head("eng", "dev")),
    policy("b", encrypted, head("eng, ops", "prod")),
  ];
  const wide = policy("c", encrypted, head("eng", "dev, prod"));
  expect(whyOf([...pieces, wide])).toEqual([
    "SP-621 `c` adds nothing: `a` and `b` together already allow all of it",
  ]);
  const wider = policy("c", encrypted, head("eng, ops", "dev, prod"));
  expect(whyOf([...pieces, wider])).toEqual([
    "SP-621 `a` adds nothing: `c` already allows all of it",
    "SP-621 `b` adds nothing: `c` already allows all of it",
  ]);
});

test("denies take an allow away together, and all that is named superfluous can go at once", () => {
  const denies = [policy("d", age("below: 5"), denyHead), policy("e", age("atLeast: 5"), denyHead)];
  expect(whyOf([policy("a", age("atMost: 9")), ...denies])).toEqual([
    "SP-622 `a` never allows anything: `d` and `e` together deny all of it",
  ]);
  const circle = [
    policy("a", age("atMost: 20")),
    policy("b", age("above: 10")),
    policy("c", age("atLeast: 5, atMost: 30")),
    policy("d", age("below: 4")),
  ];
  expect(codesOf(circle)).toEqual(["SP-621 c", "SP-621 d"]);
});

test("the sensitive and the many are not opened blindly", () => {
  const all = 'effect: allow, subjects: {groups: ["*"]}, resources: {tags: ["*"]}';
  expect(codesOf([policy("a", "", all)], { everyoneMax: 1 })).toEqual(["SP-623 a", "SP-623 a"]);
  const bound = "when: {disk.encrypted: {is: true}, risk.session: {below: 60}}";
  expect(codesOf([policy("a", bound, all)], { everyoneMax: 1 })).toEqual([]);
});

test("names that lead nowhere are found", () => {
  const { findings } = lintOf(
    [policy("a", "", "effect: allow, subjects: {groups: [enk]}, resources: {tags: [dve]}")],
    { subjects: { groups: ["eng"] } },
    "levels: {unused: {disk.encrypted: {is: true}}}\n",
  );
  expect(findings.map(({ why }) => why)).toEqual([
    "`a` names the tag `dve`, which no resource has; did you mean `dev`?",
    "`a` names the group `enk`, which does not exist; did you mean `eng`?",
    "level `unused` is not used by any policy",
  ]);
});

test("subjects that nobody knows are found, each kind only where its source is at hand", () => {
  const named = "users: [usr_ann], devices: [dev_nosuch], tags: [vip], serviceAccounts: [backup]";
  const rule = policy("a", young, `effect: allow, subjects: {${named}}, resources: {tags: [dev]}`);
  const whys = (subjects: LintOptions["subjects"]) =>
    lintOf([rule], { subjects }).findings.map(({ code, why }) => `${code} ${why}`);
  expect(whys(undefined)).toEqual([]);
  expect(whys({ groups: [] })).toEqual([]);
  expect(whys({ users: ["usr_anne"], devices: ["dev_a"], tags: [], serviceAccounts: [] })).toEqual([
    "SP-626 `a` names the user `usr_ann`, whom nobody knows; did you mean `usr_anne`?",
    "SP-626 `a` names the device `dev_nosuch`, which does not exist",
    "SP-626 `a` names the tag `vip`, which no device has",
    "SP-626 `a` names the service account `backup`, which no device has",
  ]);
  const all = {
    users: ["usr_ann"],
    devices: ["dev_nosuch"],
    tags: ["vip"],
    serviceAccounts: ["backup"],
  };
  expect(whys(all)).toEqual([]);
});

test("a deny that always holds and names the team that owns it is found", () => {
  const deny = (owner: string) =>
    policy("a", owner, "effect: deny, subjects: {groups: [ops]}, resources: {tags: [dev]}");
  expect(codesOf([deny("owner: ops"), policy("b", young)])).toEqual(["SP-628 a"]);
  expect(codesOf([deny("owner: sales"), policy("b", young)])).toEqual([]);
});

test("a deny that always holds and names its owner, or whoever asks, is found", () => {
  const deny = (more: string, when = "") =>
    policy(
      "a",
      `${more}${when}`,
      "effect: deny, subjects: {users: [usr_ann]}, resources: {tags: [dev]}",
    );
  const withAllow = (rule: string, options: Partial<LintOptions> = {}) =>
    codesOf([rule, policy("b", young)], options);
  expect(withAllow(deny("owner: usr_ann"))).toEqual(["SP-628 a"]);
  expect(withAllow(deny("owner: ben"), { author: ["adm_1", "usr_ann"] })).toEqual(["SP-628 a"]);
  expect(withAllow(deny("owner: ben"), { author: ["ben"] })).toEqual([]);
  expect(withAllow(deny("owner: usr_ann, mode: shadow"))).toEqual([]);
  expect(withAllow(deny("owner: usr_ann", ", when: {risk.session: {atLeast: 70}}"))).toEqual([]);
});

test("a rule of more resources at a site than a grant has room for is named, with the site", () => {
  const resources = (count: number, site: string, net: number) =>
    Array.from({ length: count }, (_, number) => {
      const target = `10.${net}.${number >> 8}.${number & 255}`;
      return `  - {name: ${site}-${number}, site: ${site}, tags: [dev], targets: [{host: ${target}, proto: any}]}\n`;
    }).join("");
  const found = (count: number) => {
    const text = `resources:\n${resources(count, "hq", 1)}${resources(9, "lab", 2)}`;
    const set = goodSet(text, `policies: [${policy("a", young)}]\n`);
    return lintPolicies(set, { nowAt: sampleNowAt }).map(({ code, why }) => `${code} ${why}`);
  };
  expect(found(512)).toEqual([]);
  expect(found(513)).toEqual([
    "SP-629 `a` opens 513 resources at site `hq`, of which a device reaches 512",
  ]);
});

test("what was never used in 90 days of record is stale; decisive and matched are told apart", () => {
  const day = 86_400_000;
  const use = (matchedAt: number | null, decisiveAt: number | null, sinceAt = 0) => ({
    usage: new Map([["a", { sinceAt, matchedAt, decisiveAt }]]),
  });
  const why = (options: Partial<LintOptions>) =>
    lintOf([policy("a", young)], options).findings.map((one) => one.why);
  expect(why(use(null, null))).toEqual(["`a` has matched nothing for 90 days"]);
  expect(why(use(sampleNowAt, null))).toEqual([
    "`a` has decided nothing for 90 days: others always said the same",
  ]);
  expect(why(use(sampleNowAt, sampleNowAt))).toEqual([]);
  expect(why(use(null, null, sampleNowAt - 89 * day))).toEqual([]);
});

test("exceptions that ended or are too far away are named", () => {
  const exception = (expires: string) =>
    `exceptions: [{id: e, subjects: {users: [usr_u]}, resources: {names: [git]}, ticket: T, owner: o, expires: ${expires}}]\n`;
  const codes = (expires: string) =>
    lintPolicies(goodSet(base, exception(expires)), { nowAt: sampleNowAt }).map(({ code }) => code);
  expect([codes("2026-11-19"), codes("2026-12-31"), codes("2027-12-31")]).toEqual([
    ["SP-625"],
    [],
    ["SP-625"],
  ]);
});

test("each finding about a policy comes with a request that shows it", () => {
  const all = 'effect: allow, subjects: {groups: ["*"]}, resources: {tags: ["*"]}';
  const { set, findings } = lintOf(
    [
      policy("dead", "when: {os.patch_age_days: {below: 0}}"),
      policy("broad", "when: {groups: [eng]}", all),
      policy("stale", young),
      policy("typo", "", "effect: allow, subjects: {groups: [eng]}, resources: {tags: [dve]}"),
      policy("many", `when: {any: [${many}]}`),
    ],
    { usage: new Map([["stale", { sinceAt: 0, matchedAt: null, decisiveAt: null }]]) },
    "exceptions: [{id: over, subjects: {users: [usr_u]}, resources: {names: [git]}, ticket: T, owner: o, expires: 2026-11-19}]\n",
  );
  const effectOf = (id: string) => {
    const { example } = findings.find((finding) => finding.policy === id) ?? {};
    if (example === undefined) return "no example";
    const { effect, determinedBy } = decide(set, example, id === "broad" ? "db" : "git");
    return `${effect} ${determinedBy.includes(id) ? "by" : "not by"} ${id}`;
  };
  const ids = ["broad", "dead", "many", "over", "stale", "typo"];
  expect([...new Set(findings.map((finding) => finding.policy))].toSorted()).toEqual(ids);
  expect(ids.map(effectOf)).toEqual([
    "allow by broad",
    "allow not by dead",
    "allow not by many",
    "deny not by over",
    "allow by stale",
    "allow not by typo",
  ]);
});

test("a condition with too many alternatives is said not to be judged", () => {
  expect(codesOf([policy("a", `when: {any: [${many}]}`)])).toEqual(["SP-627 a"]);
});

test("a deny that an unknown fact alone makes match is not called superfluous", () => {
  const never = "{all: [{os.patch_age_days: {below: 5}}, {os.patch_age_days: {above: 9}}]}";
  const off = "{disk.encrypted: {is: false}}";
  const denies = [
    policy("a", `when: ${off}`, denyHead),
    policy("b", `when: {any: [${never}, ${off}]}`, denyHead),
  ];
  // It is the other one that adds nothing.
  expect(codesOf(denies)).toEqual(["SP-621 a"]);
  expect(codesOf([denies[0]!, policy("b", `when: ${off}`, denyHead)])).toEqual(["SP-621 b"]);
});
