import { expect, test } from "vitest";
import { freshFacts, goodSet, sampleInput, sampleNowAt } from "../../test/policy/sample-input.ts";
import type { PolicySet } from "./compiled-set.ts";
import { decide } from "./decide.ts";
import { explain, unmetOf } from "./explain.ts";
import type { Input } from "./input.ts";

const base = `resources: [{name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: any}]}]
levels:
  patched:
    all:
      - {signal: os.patch_age_days, atMost: 30, fix: "Install system updates"}
      - {signal: disk.encrypted, is: true}
      - {signal: edr.running, is: true}
`;
const policy = (id: string, more: string, effect = "allow", group = "engineering") =>
  `{id: ${id}, effect: ${effect}, subjects: {groups: [${group}]}, resources: {tags: [dev]}, ${more}}`;
const setOf = (...policies: string[]) => goodSet(base, `policies: [${policies.join(", ")}]\n`);

function explained(set: PolicySet, input: Input) {
  const verdict = decide(set, input, "git");
  return explain(set, input, { verdict, reference: "7QK2-M4XE", os: "linux" });
}

const bad = { "os.patch_age_days": 31, "disk.encrypted": true, "edr.running": false };

test("the reasons name level, signal, what was wanted and what there was, with fixes", () => {
  const set = setOf(policy("a", "when: {level: patched}"));
  const input = sampleInput({ facts: freshFacts(bad) });
  expect(explained(set, input)).toEqual({
    reference: "7QK2-M4XE",
    effect: "deny",
    resource: "git",
    candidate: "a",
    reasons: [
      {
        code: "level_not_met",
        params: { signal: "os.patch_age_days", level: "patched", wanted: "atMost 30", had: "31" },
      },
      {
        code: "level_not_met",
        params: { signal: "edr.running", level: "patched", wanted: "is true", had: "false" },
      },
    ],
    fixes: [
      {
        signal: "os.patch_age_days",
        text: "Install system updates",
        who: "user",
      },
      {
        signal: "edr.running",
        text: "Repair edr.running",
        command: "repair edr.running",
        who: "it",
      },
    ],
    level: { id: "patched", verdict: "notMet", until: sampleNowAt + 180_000 },
  });
});

test("words of the policy's author stand alone, no command of ours contradicts them", () => {
  const set = setOf(policy("a", "when: {level: patched}"));
  const [own, ours] = explained(set, sampleInput({ facts: freshFacts(bad) })).fixes;
  expect(own).toEqual({ signal: "os.patch_age_days", text: "Install system updates", who: "user" });
  expect(ours?.command).toBe("repair edr.running");
});

test("the candidate is the one that the user is nearest to", () => {
  const set = setOf(
    policy("a", "when: {edr.running: {is: true}}"),
    policy("b", "when: {os.patch_age_days: {atMost: 30}, os.channel: {is: stable}}"),
    policy("c", "when: {os.patch_age_days: {atMost: 30}, disk.encrypted: {is: false}}"),
  );
  const explanation = explained(set, sampleInput({ facts: freshFacts(bad) }));
  expect(explanation.candidate).toBe("c");
  expect(explanation.fixes.map((fix) => fix.signal)).toEqual([
    "os.patch_age_days",
    "disk.encrypted",
  ]);
});

test("of an any, the branch with the fewest leaves is asked for; under a not the opposite", () => {
  const any =
    "{any: [{all: [{edr.running: {is: true}}, {os.patch_age_days: {below: 9}}]}, {firewall.enabled: {is: true}}]}";
  const input = sampleInput({ facts: freshFacts({ ...bad, "firewall.enabled": false }) });
  expect(explained(setOf(policy("a", `when: ${any}`)), input).reasons).toHaveLength(1);
  const not = explained(
    setOf(policy("a", "when: {not: {any: [{disk.encrypted: {is: true}}]}}")),
    input,
  );
  expect(not.reasons).toEqual([
    {
      code: "level_not_met",
      params: { signal: "disk.encrypted", wanted: "not is true", had: "true" },
    },
  ]);
});

test("an unknown or stale fact is said to be so", () => {
  const set = setOf(
    policy(
      "a",
      "when: {disk.encrypted: {is: true}, edr.running: {is: true}, os.channel: {is: stable}}",
    ),
  );
  const facts = new Map([
    ["disk.encrypted", { reading: { kind: "known" as const, value: true }, untilAt: 1 }],
    [
      "edr.running",
      {
        reading: { kind: "unknown" as const, reason: "tool_missing" as const },
        untilAt: sampleNowAt + 1,
      },
    ],
  ]);
  expect(explained(set, sampleInput({ facts })).reasons).toEqual([
    { code: "fact_stale", params: { signal: "disk.encrypted" } },
    { code: "fact_unknown", params: { signal: "edr.running", because: "tool_missing" } },
    { code: "fact_unknown", params: { signal: "os.channel", because: "not_reported" } },
  ]);
});

test("a deny shows its message and never its thresholds", () => {
  const set = setOf(
    policy("a", "when: {level: patched}"),
    policy("d", 'when: {risk.session: {atLeast: 70}}, message: "Paused."', "deny"),
  );
  const explanation = explained(set, sampleInput({ risk: { session: 77, identity: 0 } }));
  expect(explanation.reasons).toEqual([{ code: "denied_by_rule", params: { message: "Paused." } }]);
  expect(JSON.stringify(explanation)).not.toMatch(/70|77|risk/);
});

test("risk values and group names are for admins only", () => {
  const set = setOf(policy("a", "when: {risk.session: {below: 60}, groups: [vips]}"));
  const input = sampleInput({ risk: { session: 61, identity: 0 } });
  expect(explained(set, input).reasons).toEqual([
    { code: "risk", params: {} },
    { code: "group_missing", params: {} },
  ]);
  expect(unmetOf(set, input, "git").map((unmet) => unmet.reason.params)).toEqual([
    { score: "session", wanted: "below 60", had: 61 },
    { wanted: "vips" },
  ]);
});

test("an outsider learns what kind of thing is missing, not which group", () => {
  const { user: _, ...device } = sampleInput();
  const set = setOf(policy("a", "owner: x"), policy("v", "owner: x", "allow", "vips"));
  expect(explained(set, device).reasons).toEqual([{ code: "sign_in_needed", params: {} }]);
  expect(explained(setOf(policy("v", "owner: x", "allow", "vips")), sampleInput()).reasons).toEqual(
    [{ code: "group_missing", params: {} }],
  );
  expect(explained(setOf(), sampleInput()).reasons).toEqual([{ code: "no_rule", params: {} }]);
});

test("quarantine and step-up are said plainly", () => {
  const set = setOf(
    policy("a", "require: {stepUp: {strength: phishing_resistant, maxAge: PT15M}}"),
  );
  expect(explained(set, sampleInput()).reasons).toEqual([
    { code: "step_up_needed", params: { strength: "phishing_resistant", maxAgeSeconds: 900 } },
  ]);
  const input = sampleInput();
  const quarantined = { ...input, device: { ...input.device, quarantined: true } };
  expect(explained(set, quarantined).reasons).toEqual([{ code: "quarantined", params: {} }]);
});

test("a reason is remembered only for what was had then: another score, place or level is another reason", () => {
  const set = setOf(
    policy("a", "when: {risk.session: {below: 50}, net.country: {in: [DE]}}"),
    policy("b", "when: {level: patched}"),
  );
  const facts = freshFacts(bad);
  const reasonsAt = (session: number, country: string) =>
    unmetOf(
      set,
      { ...sampleInput({ facts }), risk: { session, identity: 0 }, net: { country } },
      "git",
    )
      .filter((one) => one.policy === "a")
      .map(({ reason }) => reason.params["had"]);
  expect(reasonsAt(60, "FR")).toEqual([60, "FR"]);
  expect(reasonsAt(70, "US")).toEqual([70, "US"]);
  expect(reasonsAt(60, "US")).toEqual([60, "US"]);
});
