import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { documentArbitrary, inputArbitrary } from "../../../test/policy/arbitraries.ts";
import { sampleCatalogue } from "../../../test/policy/sample-catalogue.ts";
import { sampleNowAt } from "../../../test/policy/sample-input.ts";
import { compilePolicies } from "../compile.ts";
import type { PolicySet } from "../compiled-set.ts";
import { decideReach } from "../decide.ts";
import type { PolicyDocument } from "../document.ts";
import type { Input } from "../input.ts";
import { type Finding, lintPolicies } from "./lint.ts";

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
