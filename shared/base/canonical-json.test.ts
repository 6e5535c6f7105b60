import { expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

test("members are sorted, absent ones left out, numbers in their shortest form", () => {
  expect(
    canonicalJson({ b: [1.0, 1e21, -0], a: undefined, "": "\u20ac\n", A: { z: null, y: true } }),
  ).toBe('{"":"€\\n","A":{"y":true,"z":null},"b":[1,1e+21,0]}');
});

test("a number that JSON cannot hold is refused", () => {
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(/no number/);
});
