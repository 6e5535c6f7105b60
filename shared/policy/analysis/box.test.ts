import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { documentArbitrary } from "../../../test/policy/arbitraries.ts";
import { weigh } from "../../../test/policy/oracle.ts";
import { sampleCatalogue } from "../../../test/policy/sample-catalogue.ts";
import { sampleNowAt } from "../../../test/policy/sample-input.ts";
import { compilePolicies } from "../compile.ts";
import { boxesOf } from "./box.ts";
import { exampleInput } from "./example.ts";
import { spaceOf } from "./variables.ts";

// Many cases: the time is work, not waiting, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

test("a condition holds in the example of each of its boxes, and fails in those of its negation", () => {
  let tried = 0;
  fc.assert(
    fc.property(documentArbitrary, (document) => {
      const result = compilePolicies([document], sampleCatalogue);
      if (result.kind === "refused") throw new Error("refused");
      const space = spaceOf(result.set);
      for (const policy of document.policies) {
        for (const holds of [true, false]) {
          for (const box of boxesOf(policy.when, space, holds) ?? []) {
            // Several elevations, places and members share one field of the input: examples of those are best effort.
            const named = [...box.keys()].join();
            if (/elevation|net\.|now|group:|\u220b/.test(named)) continue;
            const input = exampleInput(policy, box, { space, nowAt: sampleNowAt });
            const world = { documents: [document], catalogue: sampleCatalogue, input };
            const weight = policy.when === undefined ? 1 : weigh(world, policy.when);
            expect(weight, named).toBe(holds ? 1 : 0);
            tried += 1;
          }
        }
      }
    }),
    { numRuns: 500 },
  );
  expect(tried).toBeGreaterThan(500);
});
