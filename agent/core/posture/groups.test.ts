import { expect, test } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import { groupsOf } from "./groups.ts";

test.each(["linux", "darwin", "windows"] as const)("each signal of %s has one collector", (os) => {
  const groups = groupsOf(os);
  const collected = groups.flatMap((group) => group.signals);
  const wanted = catalogue
    .filter(({ madeBy, os: systems }) => {
      return systems.includes(os) && madeBy !== "netd" && madeBy !== "controller";
    })
    .map((entry) => entry.signal);
  expect(new Set(collected)).toEqual(new Set(wanted));
  expect(collected).toHaveLength(wanted.length);
  expect(new Set(groups.map((group) => group.collector)).size).toBe(groups.length);
});
