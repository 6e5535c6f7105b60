import { expect, test } from "vitest";
import {
  freshFacts,
  goodSet,
  sampleInput,
  sampleNowAt,
} from "../../../test/policy/sample-input.ts";
import { makePastPlan } from "./past-plan.ts";
import { pastInputs, type RecordedFact } from "./past-inputs.ts";
import { dayMs } from "../../base/time-span.ts";

const resources =
  "resources: [{name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: any}]}]\n";
const allow = (when: string) =>
  `policies: [{id: a, effect: allow, subjects: {groups: [engineering]}, resources: {tags: [dev]}, when: {${when}}}]\n`;
const sets = {
  before: goodSet(resources, allow("disk.encrypted: {is: true}")),
  after: goodSet(resources, allow("disk.encrypted: {is: true}, os.patch_age_days: {atMost: 30}")),
};

const known = (at: number, signal: string, value: boolean | number): RecordedFact => ({
  at,
  signal,
  reading: { kind: "known", value },
});
const now = (facts: Parameters<typeof freshFacts>[0]) => sampleInput({ facts: freshFacts(facts) });
const judge = () => undefined;
const today = Math.floor(sampleNowAt / dayMs) * dayMs;

/** Values of a signal at each moment. */
function played(recorded: readonly RecordedFact[], sinceAt: number, signal: string) {
  const start = now({ "disk.encrypted": true, "os.patch_age_days": 5 });
  return [...pastInputs(start, recorded, { sinceAt, judge })].map(({ nowAt, facts }) => {
    const reading = facts.get(signal)?.reading;
    return [nowAt, reading?.kind === "known" ? reading.value : null];
  });
}

test("the past has one moment for each report, and what was never reported is as it is now", () => {
  const recorded = [known(1_000, "os.patch_age_days", 40), known(2_000, "os.patch_age_days", 2)];
  expect(played(recorded, 0, "os.patch_age_days")).toEqual([
    [1_000, 40],
    [2_000, 2],
  ]);
  expect(played(recorded, 0, "disk.encrypted")).toEqual([
    [1_000, true],
    [2_000, true],
  ]);
});

test("what came together is one moment, and what is older only says how it began", () => {
  const recorded = [
    known(1_000, "disk.encrypted", true),
    known(2_000, "os.patch_age_days", 40),
    known(2_000, "disk.encrypted", false),
  ];
  expect(played(recorded, 1_500, "disk.encrypted")).toEqual([[2_000, false]]);
  expect(played(recorded, 500, "os.patch_age_days")).toEqual([
    [1_000, null],
    [2_000, 40],
  ]);
});

test("each day names who would have lost or gained, once, oldest first", () => {
  const plan = makePastPlan(sets, { changesMax: 10 });
  const input = now({ "disk.encrypted": true, "os.patch_age_days": 40 });
  const at = (nowAt: number) => ({ ...input, nowAt });
  plan.add({ device: "b", input: at(today - dayMs + 5) });
  plan.add({ device: "b", input: at(today - dayMs + 9) });
  plan.add({ device: "a", input: at(today - dayMs + 7) });
  plan.add({ device: "a", input: at(today - 3 * dayMs) });
  plan.add({ device: "c", input: now({ "disk.encrypted": true, "os.patch_age_days": 1 }) });
  const { moments, days, changes, truncated } = plan.result();
  expect({ moments, truncated }).toEqual({ moments: 5, truncated: false });
  expect(days).toEqual([
    { startAt: today - 3 * dayMs, losing: ["a"], gaining: [] },
    { startAt: today - dayMs, losing: ["a", "b"], gaining: [] },
  ]);
  expect(changes.map(({ device, at: when }) => `${device} ${when - today}`)).toEqual([
    `a ${-3 * dayMs}`,
    `b ${5 - dayMs}`,
    `a ${7 - dayMs}`,
  ]);
});

test("more changes than asked for are counted, not kept", () => {
  const plan = makePastPlan(sets, { changesMax: 0 });
  plan.add({ device: "a", input: now({ "disk.encrypted": true, "os.patch_age_days": 40 }) });
  expect(plan.result()).toMatchObject({ changes: [], truncated: true, days: [{ losing: ["a"] }] });
});
