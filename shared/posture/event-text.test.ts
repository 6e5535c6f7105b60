import { expect, test } from "vitest";
import { eventText } from "./event-text.ts";

test("the digest text of an event does not depend on its age or on the order of its members", () => {
  expect(eventText({ seq: 1, ageMs: 5, epoch: "e" })).toBe('{"epoch":"e","seq":1}');
  expect(eventText({ epoch: "e", ageMs: 99, seq: 1 })).toBe('{"epoch":"e","seq":1}');
});
