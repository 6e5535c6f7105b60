import { expect, test } from "vitest";
import { freshFacts, goodSet, sampleInput } from "../../test/policy/sample-input.ts";
import { levelNeeds } from "./level-needs.ts";

const base = `levels:
  patched:
    all:
      - {signal: os.patch_age_days, atMost: 30, fix: "Install system updates"}
      - {signal: disk.encrypted, is: true}
      - {signal: edr.running, is: true}
`;

test("each signal of a level passes or fails by itself; what is not known fails", () => {
  const facts = freshFacts({ "os.patch_age_days": 31, "disk.encrypted": true });
  const needs = levelNeeds(goodSet(base, "policies: []\n"), sampleInput({ facts }));
  expect(needs.get("patched")).toEqual([
    { signal: "os.patch_age_days", met: false },
    { signal: "disk.encrypted", met: true },
    { signal: "edr.running", met: false },
  ]);
});

test("a signal that a level wants not to hold is met when it does not", () => {
  const not = `levels:\n  clean:\n    not: {signal: edr.running, is: true}\n`;
  const needs = (value: boolean) =>
    levelNeeds(
      goodSet(not, "policies: []\n"),
      sampleInput({ facts: freshFacts({ "edr.running": value }) }),
    ).get("clean");
  expect(needs(false)).toEqual([{ signal: "edr.running", met: true }]);
  expect(needs(true)).toEqual([{ signal: "edr.running", met: false }]);
});
