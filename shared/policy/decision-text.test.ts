import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, type Json } from "../base/canonical-json.ts";
import { type Decision, reasonCodes } from "./decision.ts";
import { decisionText } from "./decision-text.ts";

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const text = fc.string({ unit: "binary", maxLength: 12 });
const effect = fc.constantFrom("allow", "stepUp", "deny");
const hash = fc.constant("0af1".repeat(16));
const unmet = fc.record({
  policy: text,
  level: optional(text),
  signal: optional(text),
  reason: fc.record({
    code: fc.constantFrom(...reasonCodes),
    params: fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean())),
  }),
});
const decision: fc.Arbitrary<Decision> = fc.record({
  id: fc.constant("dec_01k9z3m8q5x7r2v4n6b8c0d1f3"),
  reference: fc.constant("C0D1-F3XY"),
  at: fc.maxSafeNat(),
  device: text,
  user: optional(text),
  session: optional(text),
  resource: text,
  effect,
  determinedBy: fc.array(text),
  obligations: fc.record({
    record: fc.boolean(),
    stepUp: optional(fc.record({ strength: fc.constant("mfa"), maxAgeSeconds: fc.nat() })),
  }),
  leaseSeconds: fc.nat(),
  validUntilAt: fc.maxSafeNat(),
  unmet: fc.array(unmet, { maxLength: 3 }),
  policyVersion: hash,
  inputHash: hash,
  shadow: optional(fc.record({ effect, determinedBy: fc.array(text) })),
  errors: fc.array(fc.record({ policy: text, code: fc.constant("evaluation_error") })),
});

test("the text of a decision is its canonical JSON, whatever stands in it", () => {
  fc.assert(
    fc.property(decision, (made) => {
      const plain = JSON.parse(JSON.stringify(made)) as Json;
      expect(decisionText(made)).toBe(canonicalJson(plain));
    }),
  );
});
