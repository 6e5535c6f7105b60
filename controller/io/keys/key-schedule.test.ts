import fc from "fast-check";
import { expect, test } from "vitest";
import { believedAfterMs, believedKeys, nextRetirementAt, signingKey } from "./key-schedule.ts";

const first = { id: "first", activeFromAt: 0 };
const second = { id: "second", activeFromAt: 1_000 };
const announced = { id: "third", activeFromAt: null };
const keys = [second, announced, first];

test("what is issued before the new key's time keeps the old key, whenever it is signed", () => {
  expect(signingKey(keys, 999)).toBe(first);
  expect(signingKey(keys, 1_000)).toBe(second);
  expect(signingKey(keys, 10 ** 12)).toBe(second);
  expect(signingKey([second], 5)).toBe(second);
  expect(() => signingKey([announced], 5)).toThrow();
});

test("an old key is believed until its last object has ended, an announced one at once", () => {
  expect(nextRetirementAt(keys)).toBe(1_000 + believedAfterMs);
  expect(believedKeys(keys, 999 + believedAfterMs)).toEqual(keys);
  expect(believedKeys(keys, 1_000 + believedAfterMs)).toEqual([second, announced]);
  expect(nextRetirementAt([first, announced])).toBe(Infinity);
});

test("whatever is signed is believed as long as a grant may live", () => {
  const time = fc.integer({ min: 0, max: 10 ** 9 });
  const active = fc.array(time, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(active, time, fc.integer({ min: 0, max: 12 * 3_600_000 }), (times, at, ageMs) => {
      const some = times.map((activeFromAt) => ({ activeFromAt }));
      const issuedAt = Math.max(at, Math.min(...times));
      const signer = signingKey(some, issuedAt);
      expect(believedKeys(some, issuedAt + ageMs)).toContain(signer);
    }),
  );
});
