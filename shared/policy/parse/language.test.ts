import { expect, test } from "vitest";
import { formatDocumentError } from "../document-error.ts";
import { parseDocument } from "./document.ts";

const head = "apiVersion: sallyport/v1\n";

function documentOf(text: string) {
  const result = parseDocument("p.yaml", head + text);
  if (result.kind === "parsed") return result.document;
  throw new Error(result.errors.map(formatDocumentError).join("\n"));
}

function errorsOf(text: string): string[] {
  const result = parseDocument("p.yaml", head + text);
  return result.kind === "refused" ? result.errors.map(formatDocumentError) : [];
}

const levelOf = (when: string) => documentOf(`levels: {a: ${when}}\n`).levels[0]?.when;

test("a window has its defaults and its zone", () => {
  expect(
    levelOf('{time.local: {days: [mon], from: "22:00", to: "06:00", zone: Europe/Berlin}}'),
  ).toMatchObject({
    kind: "time",
    window: { days: ["mon"], fromMinute: 1_320, toMinute: 360, zone: "Europe/Berlin" },
  });
  expect(levelOf("{time.local: {zone: UTC}}")).toMatchObject({
    window: {
      days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
      fromMinute: 0,
      toMinute: 1_440,
    },
  });
});

test("an elevation needs one approval unless it asks for more", () => {
  expect(levelOf("{elevation: {role: dba}}")).toMatchObject({ role: "dba", approvedBy: 1 });
  expect(levelOf("{elevation: {role: dba, approvedBy: 2, maxDuration: PT2H}}")).toMatchObject({
    approvedBy: 2,
    maxSeconds: 7_200,
  });
});

const refusals: readonly [when: string, why: string][] = [
  [
    "{time.local: {zone: Europe/Berln}}",
    "`Europe/Berln` is no IANA time zone; did you mean `Europe/Berlin`?",
  ],
  ['{time.local: {zone: "+02:00"}}', "`+02:00` is no IANA time zone"],
  ["{time.local: {from: 7:00, zone: UTC}}", 'from `7:00` is no time such as "07:00"'],
  ['{time.local: {from: "07:00", to: "07:00", zone: UTC}}', "have a length"],
  ['{time.local: {from: "24:00", zone: UTC}}', "begin before 24:00"],
  ["{time.local: {days: [monday], zone: UTC}}", "a day `monday` is none of mon, tue"],
  ['{time.local: {from: "07:00"}}', "time.local needs the key `zone`"],
  ["{elevation: {role: dba, approvedBy: 0}}", "whole number from 1 to 5"],
  ["{elevation: {role: dba, maxDuration: P2D}}", "is not a duration"],
  ["{net.country: {in: [Germany]}}", "`Germany` is no country code"],
  ["{net.cidr: {within: [10.0.0.1/8]}}", "is not a canonical prefix"],
];

test.each(refusals)("%s is refused", (when, why) => {
  expect(errorsOf(`levels: {a: ${when}}\n`)).toContainEqual(expect.stringContaining(why));
});

const exception = (more: string) =>
  `exceptions: [{id: e, subjects: {users: [usr_u]}, resources: {names: [r]}, ${more}}]\n`;

test("an exception is an allow that ends by itself", () => {
  const [policy] = documentOf(
    exception("expires: 2026-12-31, ticket: SEC-1, owner: ops, when: {disk.encrypted: {is: true}}"),
  ).policies;
  expect(policy).toMatchObject({
    id: "e",
    effect: "allow",
    mode: "enforce",
    exception: { expiresAt: Date.UTC(2026, 11, 31), ticket: "SEC-1" },
    when: {
      kind: "all",
      of: [{ kind: "until", untilAt: Date.UTC(2026, 11, 31) }, { kind: "signal" }],
    },
  });
});

test("an exception names its end, its ticket and its owner", () => {
  expect(errorsOf(exception("expires: 2026-12-31, owner: ops"))).toContainEqual(
    expect.stringContaining("an exception needs the key `ticket`"),
  );
  expect(errorsOf(exception("expires: soon, ticket: a, owner: b"))).toContainEqual(
    expect.stringContaining("expires `soon` is no instant in UTC"),
  );
});

test("service accounts are named like everything else", () => {
  const subjects = (text: string) =>
    parseDocument(
      "a.yaml",
      `apiVersion: sallyport/v1\npolicies: [{id: a, effect: allow, subjects: ${text}, resources: {tags: [x]}}]\n`,
    );
  expect(subjects("{serviceAccounts: [backup]}")).toMatchObject({
    document: { policies: [{ subjects: { serviceAccounts: ["backup"], users: [] } }] },
  });
  expect(subjects("{serviceAccounts: []}")).toMatchObject({ kind: "refused" });
  expect(JSON.stringify(subjects("{devices: [laptop]}"))).toContain("is no id of a device");
  expect(JSON.stringify(subjects("{users: [ann]}"))).toContain("is no id of a user");
  expect(subjects("{serviceAccounts: [Back up]}")).toMatchObject({ kind: "refused" });
});

test("rings keep their order and are watched for a day by default", () => {
  const text =
    'rings: [{name: canary, groups: [it], soak: PT1H, haltAbovePercent: 0}, {name: all, groups: ["*"]}]\n';
  expect(documentOf(text).rings).toMatchObject([
    { name: "canary", groups: ["it"], soakSeconds: 3_600, haltAbovePercent: 0 },
    { name: "all", groups: ["*"], soakSeconds: 86_400, haltAbovePercent: 2 },
  ]);
});

test("a ring whose groups all have the set already is refused: it would watch nobody", () => {
  const rings = (...groups: readonly string[]) =>
    errorsOf(`rings: [${groups.map((list, at) => `{name: r${at}, groups: [${list}]}`).join()}]\n`);
  const refused = ["p.yaml:2:34: E605 every group of ring `r1` is in an earlier ring"];
  expect(rings("it", "it")).toEqual(refused);
  expect(rings('"*"', "ops")).toHaveLength(1);
  expect(rings("it", "it, ops")).toEqual([]);
});

test("weights of sightings are read by name; a wrong name, number or duration is refused with its place", () => {
  const text =
    "riskWeights: {edr.alert: {points: 80, halfLife: PT2H}, hour.unusual: {points: 0}}\n";
  expect(documentOf(text).riskWeights).toMatchObject([
    { sighting: "edr.alert", points: 80, halfLifeSeconds: 7_200, at: { line: 2 } },
    { sighting: "hour.unusual", points: 0, halfLifeSeconds: undefined },
  ]);
  const refused = (weights: string) => errorsOf(`riskWeights: ${weights}\n`).join();
  expect(refused("{edr.alrt: {points: 1}}")).toContain("did you mean `edr.alert`?");
  expect(refused("{edr.alert: {points: 101}}")).toContain("whole number from 0 to 100");
  expect(refused("{edr.alert: {points: 1, halfLife: P8D}}")).toContain("halfLife `P8D`");
  expect(refused("{edr.alert: {}}")).toContain("needs the key `points`");
});

test("tests beside a policy take values, lists and null", () => {
  const text = `policies:
  - id: a
    effect: allow
    subjects: {groups: [a]}
    resources: {tags: [a]}
    tests:
      - {given: {disk.encrypted: null, groups: [b], risk.session: 61}, expect: deny, because: risk}
`;
  const [given] = documentOf(text).policies[0]?.tests ?? [];
  expect(given?.given).toEqual(
    new Map<string, unknown>([
      ["disk.encrypted", null],
      ["groups", ["b"]],
      ["risk.session", 61],
    ]),
  );
  expect(errorsOf(text.replace("61", "61.5"))).toContainEqual(
    expect.stringContaining("a value is true"),
  );
});
