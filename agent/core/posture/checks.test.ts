import { expect, test } from "vitest";
import { judgeChecks } from "./checks.ts";

test("what could not be carried out is in neither set", () => {
  const results = [
    { id: "b", holds: true },
    { id: "a", holds: true },
    { id: "c", holds: false },
    { id: "d", holds: null },
  ];
  expect(judgeChecks(results)).toEqual({
    passed: { kind: "known", value: ["a", "b"] },
    failed: { kind: "known", value: ["c"] },
  });
});
