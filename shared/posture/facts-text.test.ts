import { expect, test } from "vitest";
import { factsText } from "./facts-text.ts";
import type { Reading } from "./fact.ts";

const on: Reading = { kind: "known", value: true };
const off: Reading = { kind: "unknown", reason: "timeout" };

test("order of facts and of members does not matter, readings do", () => {
  const left = factsText([
    { signal: "b.x", reading: on },
    { signal: "a.x", reading: off },
  ]);
  const right = factsText([
    { signal: "a.x", reading: { reason: "timeout", kind: "unknown" } },
    { signal: "b.x", reading: { value: true, kind: "known" } },
  ]);
  expect(left).toBe(
    '[["a.x",{"kind":"unknown","reason":"timeout"}],["b.x",{"kind":"known","value":true}]]',
  );
  expect(right).toBe(left);
  expect(factsText([{ signal: "b.x", reading: on }])).not.toBe(left);
});
