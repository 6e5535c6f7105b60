import { expect, test } from "vitest";
import { compileTexts } from "../../test/policy/sample-input.ts";
import { formatDocumentError } from "./document-error.ts";

function errorsOf(...texts: string[]): string[] {
  const result = compileTexts(...texts);
  return result.kind === "refused" ? result.errors.map(formatDocumentError) : [];
}

const allow = (more: string) =>
  `policies: [{id: p, effect: allow, subjects: {groups: [a]}, resources: {tags: [x]}, ${more}}]\n`;

test("signals are known by the catalogue, and typos hinted", () => {
  expect(errorsOf("levels:\n  base:\n    disk.encryptd: {is: true}\n")).toEqual([
    "a.yaml:4:5: E609 unknown signal `disk.encryptd`; did you mean `disk.encrypted`?",
  ]);
});

const misfits: readonly [when: string, why: string][] = [
  ["disk.encrypted: {is: 1}", "`1` is no value of disk.encrypted (bool)"],
  ["disk.encrypted: {atLeast: true}", "`atLeast` does not fit disk.encrypted (bool); it takes is"],
  ['os.patch_age_days: {atMost: "30"}', "`30` is no value of os.patch_age_days (int 0..3650)"],
  ["os.patch_age_days: {atMost: 4000}", "`4000` is no value of os.patch_age_days"],
  [
    "os.channel: {is: stabel}",
    "`stabel` is no value of os.channel (stable, beta, nightly); did you mean `stable`?",
  ],
  ["os.channel: {in: [stable, alpha]}", "`alpha` is no value of os.channel"],
  ["os.version: {atLeast: 12}", "`12` is no value of os.version (a version in quotes)"],
  ["os.version: {atLeast: bookworm}", "`bookworm` is no value of os.version"],
  ["edr.features: {is: cloud}", "`is` does not fit edr.features (set); it takes contains"],
];

test.each(misfits)("%s is refused: wrong operator, type or domain", (when, why) => {
  expect(errorsOf(`levels: {base: {${when}}}\n`)).toContainEqual(expect.stringContaining(why));
});

test("levels and resources must exist, over all files", () => {
  expect(
    errorsOf(
      allow("when: {level: patchd}"),
      "levels: {patched: {os.patch_age_days: {below: 9}}}\n",
    ),
  ).toEqual(["a.yaml:2:91: E604 unknown level `patchd`; did you mean `patched`?"]);
  const named =
    "policies: [{id: p, effect: allow, subjects: {groups: [a]}, resources: {names: [gti]}}]\n";
  const git = "resources: [{name: git, site: s, targets: [{host: 10.0.0.1, proto: tcp}]}]\n";
  expect(errorsOf(named, git)).toEqual([
    "a.yaml:2:12: E604 policy `p` names an unknown resource `gti`; did you mean `git`?",
  ]);
});

test("nothing may be there twice, and levels must not circle", () => {
  expect(errorsOf(allow(""), allow(""))).toEqual([
    "b.yaml:2:12: E605 policy `p` is already at a.yaml:2",
  ]);
  const circle =
    "levels: {a: {level: b}, b: {any: [{level: c}, {disk.encrypted: {is: true}}]}, c: {not: {level: a}}}\n";
  expect(errorsOf(circle)).toEqual([
    "a.yaml:2:10: E606 levels refer to each other: a -> b -> c -> a",
  ]);
});

const resource = (name: string, target: string) =>
  `resources: [{name: ${name}, site: s, targets: [${target}]}]\n`;

const twins: readonly [left: string, right: string, refused: boolean][] = [
  [
    "{host: 10.0.0.1, proto: tcp, ports: [22]}",
    "{cidr: 10.0.0.1/32, proto: tcp, ports: [22]}",
    true,
  ],
  [
    "{host: 10.0.0.1, proto: tcp, ports: [1, 2, 3]}",
    '{host: 10.0.0.1, proto: tcp, ports: ["3-5"]}',
    true,
  ],
  ["{host: 10.0.0.1, proto: any}", "{host: 10.0.0.1, proto: any}", true],
  [
    "{host: 10.0.0.1, proto: tcp, ports: [22]}",
    "{host: 10.0.0.1, proto: tcp, ports: [22, 23]}",
    false,
  ],
  ["{host: 10.0.0.1, proto: tcp, ports: [22]}", "{host: 10.0.0.1, proto: udp, ports: [22]}", false],
  ["{host: 10.0.0.1, proto: tcp, ports: [22]}", "{host: 10.0.0.1, proto: tcp, ports: [23]}", false],
  ["{cidr: 10.0.0.0/24, proto: any}", "{cidr: 10.0.0.0/25, proto: any}", false],
  ["{domain: a.example, proto: any}", "{domain: a.example, proto: any}", true],
];

test.each(twins)("%s beside %s", (left, right, refused) => {
  const errors = errorsOf(resource("one", left), resource("two", right));
  expect(errors.length).toBe(refused ? 1 : 0);
  if (refused)
    expect(errors[0]).toMatch(/^b\.yaml:2:\d+: E610 `two` and `one` have the same target/);
});
