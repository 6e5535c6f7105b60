import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { documentArbitrary, inputArbitrary } from "../../../test/policy/arbitraries.ts";
import { sampleCatalogue } from "../../../test/policy/sample-catalogue.ts";
import {
  freshFacts,
  goodSet,
  sampleInput,
  sampleNowAt,
} from "../../../test/policy/sample-input.ts";
import { compilePolicies } from "../compile.ts";
import type { PolicySet } from "../compiled-set.ts";
import { decide, decideReach } from "../decide.ts";
import type { PolicyDocument } from "../document.ts";
import type { Input } from "../input.ts";
import { lintPolicies } from "./lint.ts";
import type { Finding } from "./finding.ts";

// Many cases: the time is work, not waiting, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

function compiled(document: PolicyDocument): PolicySet {
  const result = compilePolicies([document], sampleCatalogue);
  if (result.kind === "refused") throw new Error("refused");
  return result.set;
}

const effects = (set: PolicySet, input: Input) =>
  decideReach(set, input).map(({ effect }) => effect);

/** Asks what a finding promises of one input; null where it promises nothing. */
function broken(document: PolicyDocument, finding: Finding, input: Input): string | null {
  const set = compiled(document);
  const id = finding.policy ?? "";
  const verdicts = decideReach(set, input);
  if (finding.code === "SP-621") {
    const policies = document.policies.filter((policy) => policy.id !== id);
    const without = effects(compiled({ ...document, policies }), input);
    const same = JSON.stringify(without) === JSON.stringify(effects(set, input));
    return same ? null : `${id} adds something`;
  }
  const allows = verdicts.some(
    ({ effect, determinedBy }) => effect !== "deny" && determinedBy.includes(id),
  );
  return (finding.code === "SP-620" || finding.code === "SP-622") && allows
    ? `${id} allows something`
    : null;
}

test("what lint calls dead, shadowed or contradicted makes no difference on any input", () => {
  let judged = 0;
  fc.assert(
    fc.property(
      documentArbitrary,
      fc.array(inputArbitrary, { minLength: 8, maxLength: 8 }),
      (document, inputs) => {
        const findings = lintPolicies(compiled(document), { nowAt: sampleNowAt });
        for (const finding of findings) {
          for (const input of inputs) {
            judged += 1;
            expect(broken(document, finding, input)).toBeNull();
          }
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(judged).toBeGreaterThan(300);
});

const resource = "{name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: any}]}";
const days = fc
  .tuple(fc.nat(12), fc.nat(12))
  .map(([one, other]) => [one, other].toSorted((a, b) => a - b));
const ageCondition = days.map(
  ([from, to]) => `os.patch_age_days: {atLeast: ${from}, atMost: ${to}}`,
);
const diskCondition = fc.constantFrom(
  "disk.encrypted: {is: true}",
  "disk.encrypted: {is: false}",
  "disk.encrypted: {is: true, orNotApplicable: true}",
);
const rule = fc.record({
  effect: fc.constantFrom("allow", "allow", "allow", "deny"),
  parts: fc.tuple(fc.option(ageCondition), fc.option(diskCondition, { freq: 1 })),
});

/** All states that these conditions can tell apart, unknown ones too. */
const states: readonly Input[] = [true, false, null, "notApplicable"].flatMap((encrypted) =>
  [null, ...Array.from({ length: 14 }, (_, age) => age)].map((age) => {
    const facts = { "disk.encrypted": diskReading(encrypted), "os.patch_age_days": age };
    const known = Object.entries(facts).flatMap(([signal, value]) =>
      value === null ? [] : [[signal, value] as const],
    );
    return sampleInput({ facts: freshFacts(Object.fromEntries(known)) });
  }),
);

function diskReading(encrypted: boolean | string | null) {
  return typeof encrypted === "string"
    ? ({ kind: "notApplicable", proof: "diskless" } as const)
    : encrypted;
}

test("what several rules cover together can go, all at once, and no state is answered otherwise", () => {
  let together = 0;
  fc.assert(
    fc.property(fc.array(rule, { minLength: 3, maxLength: 7 }), (rules) => {
      const lines = rules.map(({ effect, parts }, index) => {
        const when = parts.filter((part) => part !== null);
        const condition = when.length === 0 ? "" : `, when: {${when.join(", ")}}`;
        return `{id: p${index}, effect: ${effect}, subjects: {groups: ["*"]}, resources: {tags: [dev]}${condition}}`;
      });
      const setOf = (kept: readonly string[]) =>
        goodSet(`resources: [${resource}]\n`, `policies: [${kept.join(", ")}]\n`);
      const set = setOf(lines);
      const findings = lintPolicies(set, { nowAt: sampleNowAt });
      const named = (code: string) =>
        findings.flatMap((one) => (one.code === code ? [one.policy] : []));
      together += findings.filter(({ why }) => why.includes(" together ")).length;
      const without = setOf(lines.filter((_, index) => !named("SP-621").includes(`p${index}`)));
      for (const input of states) {
        expect(effects(without, input)).toEqual(effects(set, input));
        const { effect, determinedBy } = decide(set, input, "git");
        const never = effect === "allow" ? named("SP-622") : [];
        expect(never.filter((id) => determinedBy.includes(id ?? ""))).toEqual([]);
      }
    }),
    { numRuns: 150 },
  );
  expect(together).toBeGreaterThan(2);
});
