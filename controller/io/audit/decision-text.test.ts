import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { type Decision, reasonCodes } from "#shared/policy/decision.ts";
import { makeDecisionWriter } from "./decision-text.ts";
import { bytesFrom, makeTextBlock, putNumber, putQuoted } from "./text-block.ts";

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

test("decisions one after the other are their canonical JSON, whatever stands in them", () => {
  fc.assert(
    fc.property(fc.array(decision, { maxLength: 4 }), (made) => {
      const block = makeTextBlock();
      const put = makeDecisionWriter(block);
      for (const one of made) {
        const start = block.length;
        put(one);
        const plain = JSON.parse(JSON.stringify(one)) as Json;
        expect(bytesFrom(block, start).toString()).toBe(canonicalJson(plain));
      }
    }),
  );
});

test("texts and numbers stand as JSON writes them, also where a block has to grow", () => {
  const block = makeTextBlock();
  block.bytes = Buffer.alloc(1);
  const item = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double({ noNaN: true }),
    fc.maxSafeInteger(),
  );
  fc.assert(
    fc.property(item, (value) => {
      fc.pre(typeof value === "string" || Number.isFinite(value));
      const start = block.length;
      if (typeof value === "string") putQuoted(block, value);
      else putNumber(block, value);
      expect(bytesFrom(block, start).toString()).toBe(JSON.stringify(value));
    }),
  );
  expect(() => putNumber(block, Number.NaN)).toThrow("NaN");
});
