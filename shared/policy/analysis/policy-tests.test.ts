import { expect, test } from "vitest";
import { goodSet, sampleNowAt } from "../../../test/policy/sample-input.ts";
import { runPolicyTests } from "./policy-tests.ts";

const documents = `resources:
  - {name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: any}]}
  - {name: db, site: s, tags: [prod-db], targets: [{host: 10.0.0.2, proto: any}]}
levels:
  managed-patched:
    all:
      - {signal: disk.encrypted, is: true}
      - {signal: os.patch_age_days, atMost: 30, fix: "Install system updates"}
policies:
  - id: contractor-high-risk
    effect: deny
    subjects: {groups: ["*"]}
    resources: {tags: ["*"]}
    when: {any: [{risk.session: {atLeast: 70}}, {edr.running: {is: false}}]}
  - id: eng-git-ssh
    effect: allow
    subjects: {groups: [engineering], types: [user]}
    resources: {tags: [dev]}
    when: {level: managed-patched, risk.session: {below: 60}}
    tests: [TESTS]
  - id: dba-prod-jit
    effect: allow
    subjects: {groups: [dba]}
    resources: {tags: [prod-db]}
    when:
      level: managed-patched
      elevation: {role: prod-dba, approvedBy: 1, maxDuration: PT2H}
      time.local: {days: [mon, tue, wed, thu, fri], from: "07:00", to: "20:00", zone: Europe/Berlin}
    require: {stepUp: {strength: phishing_resistant, maxAge: PT15M}, recordSession: true}
    tests: [JIT]
`;

function resultsOf(tests: string, jit = ""): (string | true | undefined)[] {
  const text = documents.replace("TESTS", tests).replace("JIT", jit);
  return runPolicyTests(goodSet(text), sampleNowAt).map(({ passed, why }) => passed || why);
}

test("a test starts where the policy decides, and short names of signals do", () => {
  const tests = [
    "{expect: allow}",
    "{given: {patch_age_days: 31}, expect: deny, because: os.patch_age_days}",
    "{given: {os.patch_age_days: 30}, expect: allow}",
    "{given: {disk.encrypted: null}, expect: deny, because: encrypted}",
    "{given: {edr.running: false}, expect: deny, because: contractor-high-risk}",
    "{given: {risk.session: 60}, expect: deny, because: session}",
    "{given: {groups: [sales]}, expect: deny}",
    "{given: {user: null}, expect: deny}",
    "{given: {quarantined: true}, expect: deny}",
  ];
  expect(resultsOf(tests.join(", "))).toEqual(tests.map(() => true));
});

test("a rule with an elevation, a window and a step-up has tests as well", () => {
  const tests = [
    "{expect: allow}",
    '{given: {at: "2026-11-21T12:00:00Z"}, expect: deny, because: outside_hours}',
    '{given: {at: "2026-11-23T06:00:00Z"}, expect: allow}',
    '{given: {at: "2026-11-23T05:59:59Z"}, expect: deny}',
    "{given: {elevation: null}, expect: deny, because: approval_needed}",
    "{given: {signInAgeSeconds: 900}, expect: stepUp}",
  ];
  expect(resultsOf("", tests.join(", "))).toEqual(tests.map(() => true));
});

test("a failing test says what came instead", () => {
  expect(resultsOf("{given: {patch_age_days: 31}, expect: allow}")).toEqual([
    "expected allow to git, got deny",
  ]);
  expect(resultsOf("{given: {patch_age_days: 31}, expect: deny, because: disk.encrypted}")).toEqual(
    ["expected deny because of disk.encrypted, got os.patch_age_days"],
  );
  expect(resultsOf("{given: {os.patch_age_dayz: 31}, expect: deny}")).toEqual([
    "`os.patch_age_dayz` names no signal; did you mean `os.patch_age_days`?",
  ]);
  expect(resultsOf("{resource: db, expect: deny}")).toEqual([
    "`eng-git-ssh` covers no such resource",
  ]);
});
