import fc from "fast-check";
import { expect, test } from "vitest";
import { documentArbitrary, inputArbitrary } from "../../../test/policy/arbitraries.ts";
import { sampleCatalogue } from "../../../test/policy/sample-catalogue.ts";
import { compilePolicies } from "../compile.ts";
import { decideReach } from "../decide.ts";
import type { PolicyDocument } from "../document.ts";
import type { Input } from "../input.ts";
import { freshFacts, goodSet, sampleInput } from "../../../test/policy/sample-input.ts";
import { usageOf } from "./usage.ts";

const resources = `resources:
  - {name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: any}]}
  - {name: db, site: s, tags: [prod], targets: [{host: 10.0.0.2, proto: any}]}
`;
const policy = (id: string, effect: string, tag: string, more = "") =>
  `  - {id: ${id}, effect: ${effect}, subjects: {groups: [engineering]}, resources: {tags: ["${tag}"]}${more}}\n`;
const use = (...policies: string[]) =>
  usageOf(
    goodSet(`${resources}policies:\n${policies.join("")}`),
    sampleInput({ facts: freshFacts({ "disk.encrypted": true }) }),
  );

test("a policy that alone allows or denies something is decisive, one of two that agree is not", () => {
  expect(use(policy("a", "allow", "dev"))).toEqual({ matched: ["a"], decisive: ["a"] });
  expect(use(policy("a", "allow", "dev"), policy("b", "allow", "dev")).decisive).toEqual([]);
  expect(use(policy("a", "allow", "dev"), policy("b", "allow", "*")).decisive).toEqual(["b"]);
});

test("a deny is decisive over an allow only, and then the allow is not", () => {
  expect(use(policy("d", "deny", "dev"))).toEqual({ matched: ["d"], decisive: [] });
  expect(use(policy("a", "allow", "dev"), policy("d", "deny", "dev")).decisive).toEqual(["d"]);
  const twice = [policy("d", "deny", "dev"), policy("e", "deny", "dev")];
  expect(use(policy("a", "allow", "dev"), ...twice).decisive).toEqual([]);
});

test("what does not match, and what is in shadow mode, decides nothing", () => {
  const off = policy("a", "allow", "dev", ", when: {disk.encrypted: {is: false}}");
  expect(use(off)).toEqual({ matched: [], decisive: [] });
  const shadow = policy("s", "allow", "dev", ", mode: shadow");
  expect(use(shadow)).toEqual({ matched: ["s"], decisive: [] });
});

/** Which resources are denied, as a text. */
function denied(document: PolicyDocument, input: Input): string {
  const result = compilePolicies([document], sampleCatalogue);
  if (result.kind === "refused") throw new Error("refused");
  return decideReach(result.set, input)
    .map(({ effect }) => effect === "deny")
    .join();
}

test("decisive is exactly what would be missed", () => {
  fc.assert(
    fc.property(documentArbitrary, inputArbitrary, (document, input) => {
      const result = compilePolicies([document], sampleCatalogue);
      if (result.kind === "refused") throw new Error("refused");
      const { decisive } = usageOf(result.set, input);
      const whole = denied(document, input);
      for (const policy of document.policies) {
        const policies = document.policies.filter((one) => one !== policy);
        const missed = denied({ ...document, policies }, input) !== whole;
        expect({ id: policy.id, missed }).toEqual({
          id: policy.id,
          missed: decisive.includes(policy.id),
        });
      }
    }),
    { numRuns: 300 },
  );
});
