import { expect, test } from "vitest";
import { reasonBody } from "./policy-order.ts";

test.each([
  ["who looked at it, and why", true],
  ["é", true],
  ["", false],
  [" ", false],
  ["\u00a0 ", false],
  ["two\nlines", false],
])("a reason says something: %j %s", (reason, taken) => {
  expect(reasonBody.safeParse({ reason }).success).toBe(taken);
});
