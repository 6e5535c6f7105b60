import fc from "fast-check";
import { expect, test } from "vitest";
import { documentArbitrary, inputArbitrary } from "../../../test/policy/arbitraries.ts";
import { sampleCatalogue } from "../../../test/policy/sample-catalogue.ts";
import { compilePolicies } from "../compile.ts";
import type { PolicySet } from "../compiled-set.ts";
import { decide } from "../decide.ts";
import type { PolicyDocument } from "../document.ts";
import type { Input } from "../input.ts";
import { isLoss, makeComparison } from "./compare-sets.ts";

function compiled(document: PolicyDocument): PolicySet {
  const result = compilePolicies([document], sampleCatalogue);
  if (result.kind === "refused") throw new Error("refused");
  return result.set;
}

const words = { allow: "open", stepUp: "stepUp", deny: "closed" } as const;
const accessOf = (set: PolicySet, input: Input, resource: string) =>
  words[decide(set, input, resource).effect];

test("two sets are told apart exactly where their decisions differ", () => {
  fc.assert(
    fc.property(documentArbitrary, documentArbitrary, inputArbitrary, (one, other, input) => {
      const sets = { before: compiled(one), after: compiled(other) };
      const names = [...sets.before.resources, ...sets.after.resources].map(({ name }) => name);
      const expected = [...new Set(names)].sort().map((resource) => ({
        resource,
        before: accessOf(sets.before, input, resource),
        after: accessOf(sets.after, input, resource),
      }));
      const comparison = makeComparison(sets)(input);
      expect(comparison.differences).toEqual(
        expected.filter(({ before, after }) => before !== after),
      );
      const open = (side: "before" | "after") =>
        expected.filter((difference) => difference[side] !== "closed").length;
      expect(comparison).toMatchObject({ openBefore: open("before"), openAfter: open("after") });
    }),
    { numRuns: 500 },
  );
});

test("less access is a loss, and a step-up that is new is less", () => {
  const ranks = ["closed", "stepUp", "open"] as const;
  for (const [low, before] of ranks.entries()) {
    for (const [high, after] of ranks.entries()) {
      expect({ before, after, loss: isLoss({ before, after }) }).toEqual({
        before,
        after,
        loss: high < low,
      });
    }
  }
});
