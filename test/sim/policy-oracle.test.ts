import fc from "fast-check";
import { expect, test } from "vitest";
import { documentArbitrary, inputArbitrary } from "../policy/arbitraries.ts";
import { compareWithOracle } from "../policy/differential.ts";

test("the evaluator agrees with the oracle in 100,000 random cases", () => {
  let compared = 0;
  const inputs = fc.array(inputArbitrary, { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(documentArbitrary, inputs, (document, many) => {
      compared += compareWithOracle(document, many);
    }),
    { numRuns: 1_250 },
  );
  expect(compared).toBeGreaterThanOrEqual(100_000);
});
