import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { compilePolicies } from "./compile.ts";
import { decideReach } from "./decide.ts";
import { documentArbitrary, inputArbitrary } from "../../test/policy/arbitraries.ts";
import { compareWithOracle } from "../../test/policy/differential.ts";
import { sampleCatalogue } from "../../test/policy/sample-catalogue.ts";

// Many cases: the time is work, not waiting, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

test("the evaluator agrees with the oracle", () => {
  fc.assert(
    fc.property(documentArbitrary, inputArbitrary, (document, input) => {
      compareWithOracle(document, [input]);
    }),
    { numRuns: 1_000 },
  );
});

test("losing facts never opens anything", () => {
  const lost = fc.subarray(["disk.encrypted", "edr.running", "os.patch_age_days", "os.version"]);
  fc.assert(
    fc.property(documentArbitrary, inputArbitrary, lost, (document, input, signals) => {
      const result = compilePolicies([document], sampleCatalogue);
      if (result.kind === "refused") throw new Error("refused");
      const facts = new Map([...input.facts].filter(([signal]) => !signals.includes(signal)));
      const before = decideReach(result.set, input);
      const after = decideReach(result.set, { ...input, facts });
      after.forEach((verdict, index) => {
        // An allow that no longer matches takes its step-up along, so only a deny must stay one.
        if (before[index]?.effect === "deny") expect(verdict.effect).toBe("deny");
      });
    }),
    { numRuns: 1_000 },
  );
});

test("the order of policies and files never matters", () => {
  fc.assert(
    fc.property(documentArbitrary, inputArbitrary, (document, input) => {
      const { policies, resources, levels, file } = document;
      const split = [
        { file, policies: policies.slice(2).toReversed(), resources, levels: [] },
        { file, policies: policies.slice(0, 2).toReversed(), resources: [], levels },
      ];
      const whole = compilePolicies([document], sampleCatalogue);
      const parts = compilePolicies(split, sampleCatalogue);
      if (whole.kind === "refused" || parts.kind === "refused") throw new Error("refused");
      expect(decideReach(parts.set, input)).toEqual(decideReach(whole.set, input));
    }),
    { numRuns: 500 },
  );
});
