import { expect, test } from "vitest";
import { eventText, factsText } from "./event-text.ts";

test("the digest text of an event does not depend on its age or on the order of its members", () => {
  expect(eventText({ seq: 1, ageMs: 5, epoch: "e" })).toBe('{"epoch":"e","seq":1}');
  expect(eventText({ epoch: "e", ageMs: 99, seq: 1 })).toBe('{"epoch":"e","seq":1}');
});

test("the digest text of facts does not depend on the order in which they were learned", () => {
  const on = { kind: "known", value: true } as const;
  expect(
    factsText([
      ["b.c", on],
      ["a.b", on],
    ]),
  ).toBe('{"a.b":{"kind":"known","value":true},"b.c":{"kind":"known","value":true}}');
});
