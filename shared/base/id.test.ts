import fc from "fast-check";
import { expect, test } from "vitest";
import { base32, idPattern, makeId, referenceOf } from "./id.ts";

const zeros = new Uint8Array(10);

test("ids are well formed and ordered by time", () => {
  const first = makeId("dev", 1_700_000_000_000, zeros);
  const second = makeId("dev", 1_700_000_000_001, zeros);
  expect(first).toMatch(idPattern);
  expect(first < second).toBe(true);
});

test("an id is the base32 of 50 bits of time and of its bytes", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 48 }),
      fc.uint8Array({ minLength: 10, maxLength: 10 }),
      (nowMs, random) => {
        const time = Uint8Array.from({ length: 7 }, (_, index) =>
          Number(((BigInt(nowMs) << 6n) >> BigInt(8 * (6 - index))) & 255n),
        );
        const text = base32(time).slice(0, 10) + base32(random);
        expect(makeId("dec", nowMs, random)).toBe(`dec_${text}`);
      },
    ),
  );
});

test("base32 follows Crockford's alphabet", () => {
  expect(base32(new Uint8Array([255, 255, 255, 255, 255]))).toBe("zzzzzzzz");
  expect(base32(new Uint8Array([0, 1]))).toBe("000g");
});

test("a reference shows the last eight characters", () => {
  expect(referenceOf("dec_01jabcdefg0123456789abcd7qk2m4xe".slice(0, 36))).toBe("7QK2-M4XE");
});
