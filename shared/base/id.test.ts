import { expect, test } from "vitest";
import { base32, idPattern, makeId, referenceOf } from "./id.ts";

const zeros = new Uint8Array(10);

test("ids are well formed and ordered by time", () => {
  const first = makeId("dev", 1_700_000_000_000, zeros);
  const second = makeId("dev", 1_700_000_000_001, zeros);
  expect(first).toMatch(idPattern);
  expect(first < second).toBe(true);
});

test("base32 follows Crockford's alphabet", () => {
  expect(base32(new Uint8Array([255, 255, 255, 255, 255]))).toBe("zzzzzzzz");
  expect(base32(new Uint8Array([0, 1]))).toBe("000g");
});

test("a reference shows the last eight characters", () => {
  expect(referenceOf("dec_01jabcdefg0123456789abcd7qk2m4xe".slice(0, 36))).toBe("7QK2-M4XE");
});
