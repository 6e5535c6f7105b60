import { expect, test } from "vitest";
import { freshFacts, goodSet, sampleInput } from "../../../test/policy/sample-input.ts";
import { parseDocument } from "../parse/document.ts";
import { diffDocuments } from "./document-diff.ts";
import { type Moment, planChange } from "./plan.ts";

const resources = (names: string[]) =>
  `resources: [${names.map((name, n) => `{name: ${name}, site: s, tags: [dev], targets: [{host: 10.0.0.${n + 1}, proto: any}]}`).join(", ")}]\n`;
const allow = (days: number, more = "") =>
  `policies: [{id: age-${days}, effect: allow, subjects: {groups: [engineering]}, resources: {tags: [dev]}, when: {os.patch_age_days: {atMost: ${days}}}${more}}]\n`;

const moment = (device: string, days: number): Moment => ({
  device,
  input: sampleInput({ facts: freshFacts({ "os.patch_age_days": days }) }),
});
const options = { changesMax: 100 };

test("the plan names who loses and who gains what, and by which policies", () => {
  const sets = {
    before: goodSet(resources(["db", "git"]), allow(30)),
    after: goodSet(resources(["git", "wiki"]), allow(20)),
  };
  const plan = planChange(
    sets,
    [moment("dev_old", 25), moment("dev_new", 5), moment("dev_out", 90)],
    options,
  );
  expect(
    plan.changes.map(
      ({ device, resource, before, after }) => `${device} ${resource} ${before}>${after}`,
    ),
  ).toEqual([
    "dev_old db open>closed",
    "dev_old git open>closed",
    "dev_new db open>closed",
    "dev_new wiki closed>open",
  ]);
  expect(plan.changes[3]?.because).toEqual({ before: [], after: ["age-20"] });
  expect(plan).toMatchObject({
    moments: 3,
    gained: 1,
    lost: 3,
    devicesGaining: 1,
    devicesLosing: 2,
    truncated: false,
    closesEverything: false,
  });
});

test("a step-up that is new is a loss, and a set that closes all says so", () => {
  const before = goodSet(resources(["git"]), allow(30));
  const stepUp = goodSet(
    resources(["git"]),
    allow(30, ", require: {stepUp: {strength: phishing_resistant, maxAge: PT1H}}"),
  );
  expect(planChange({ before, after: stepUp }, [moment("dev_a", 1)], options)).toMatchObject({
    lost: 1,
    closesEverything: false,
  });
  const closed = goodSet(resources(["git"]));
  expect(
    planChange({ before, after: closed }, [moment("dev_a", 1)], options).closesEverything,
  ).toBe(true);
  expect(
    planChange({ before, after: closed }, [moment("dev_a", 1)], { changesMax: 0 }),
  ).toMatchObject({ changes: [], truncated: true, lost: 1 });
});

test("a rule that denies everybody everything is told where no device is there to show it", () => {
  const set = (head: string) =>
    goodSet(
      resources(["git"]),
      `policies: [{id: d, effect: deny, subjects: {${head}}, resources: {tags: ["*"]}}]\n`,
    );
  const [all, some, before] = [
    set('groups: ["*"]'),
    set("groups: [eng]"),
    goodSet(resources(["git"])),
  ];
  const closes = (from: typeof all, after: typeof all) =>
    planChange({ before: from, after }, [], options).closesEverything;
  expect([closes(before, all), closes(before, some), closes(all, all)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a set that shuts out its own author says so", () => {
  const sets = {
    before: goodSet(resources(["git"]), allow(30)),
    after: goodSet(resources(["git"]), allow(20)),
  };
  const moments = [
    { ...moment("dev_a", 25), watched: ["author", "administrators"] },
    { ...moment("dev_b", 25), watched: ["administrators"] },
    { ...moment("dev_c", 5), watched: ["administrators"] },
    { ...moment("dev_d", 25), ring: 2 },
  ];
  const plan = planChange(sets, moments, options);
  expect(plan.lockedOut).toEqual(["author"]);
  expect(plan.rings).toEqual([
    { open: 3, lost: 2 },
    { open: 0, lost: 0 },
    { open: 1, lost: 1 },
  ]);
});

const documentOf = (text: string) => {
  const result = parseDocument("a.yaml", `apiVersion: sallyport/v1\n${text}`);
  if (result.kind === "refused") throw new Error("refused");
  return result.document;
};

test("documents differ by what they say, not by where they say it", () => {
  const before = documentOf(resources(["git", "db"]) + allow(30));
  expect(
    diffDocuments([before], [documentOf(`\n\n${allow(30)}${resources(["git", "db"])}`)]),
  ).toEqual([]);
  const after = documentOf(resources(["git", "wiki"]) + allow(30, ", mode: shadow"));
  expect(diffDocuments([before], [after])).toEqual([
    { what: "policy", name: "age-30", change: "changed" },
    { what: "resource", name: "db", change: "removed" },
    { what: "resource", name: "wiki", change: "added" },
  ]);
});
