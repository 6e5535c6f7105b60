import { expect, test } from "vitest";
import { readSettings } from "#shared/settings/managed-settings.ts";
import { holdSettings } from "./held-settings.ts";

const before = { AlwaysOn: true, HideTray: true, LogLevel: "warn" } as const;
const broken = { values: {}, problems: [{ key: "", why: "is no JSON" }] };

test("what cannot be read at all keeps everything that it said, and says so", () => {
  expect(holdSettings(before, broken)).toEqual({
    values: before,
    problems: [{ key: "", why: "is no JSON; what it said before stays" }],
    isUnknown: false,
  });
});

test("a value that is not understood keeps its own former one, in whichever letters, and no other", () => {
  const held = holdSettings(before, readSettings({ AlwaysOn: "perhaps", hidetray: true }));
  expect(held.values).toEqual({ AlwaysOn: true, HideTray: true });
  expect(held.problems.map(({ why }) => why)).toEqual([
    expect.stringMatching(/; what it said before stays$/),
    expect.stringMatching(/; what it said before stays$/),
  ]);
});

test("what was taken out is no trouble, and a name of a newer version keeps nothing", () => {
  expect(holdSettings(before, readSettings({ Fnord: 1 }))).toEqual({
    values: {},
    problems: [{ key: "Fnord", why: "is no setting of this version", isUnknown: true }],
    isUnknown: false,
  });
});

test.each([
  ["a whole source", null, broken, true],
  ["whether people may disconnect", null, readSettings({ AllowUserDisconnect: "no!" }), true],
  ["the same, beside others", { HideTray: true }, readSettings({ AlwaysOn: "so" }), true],
  ["another setting", null, readSettings({ LogLevel: "loud" }), false],
  ["nothing", null, readSettings({ AlwaysOn: false }), false],
])("not known, and never read well: %s", (_what, known, read, isUnknown) => {
  expect(holdSettings(known, read).isUnknown).toBe(isUnknown);
});

test("many names of others push none of ours out", () => {
  const others = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`X${n}`, n]));
  expect(readSettings({ ...others, AlwaysOn: true }).values).toEqual({ AlwaysOn: true });
});
