import { expect, test } from "vitest";
import { catalogue } from "#shared/posture/catalogue.ts";
import { groupsOf } from "./groups.ts";

/** Made by the agent itself from what netd tells, or by the controller from its bundle. */
const reported = ["route.tampered", "os.builds_behind", "os.missing_build_days"];

test.each(["linux", "darwin", "windows"] as const)("each signal of %s has one collector", (os) => {
  const groups = groupsOf(os);
  const collected = groups.flatMap((group) => group.signals);
  const wanted = catalogue
    .filter((entry) => entry.os.includes(os) && !reported.includes(entry.signal))
    .map((entry) => entry.signal);
  expect(new Set(collected)).toEqual(new Set(wanted));
  expect(collected).toHaveLength(wanted.length);
  expect(new Set(groups.map((group) => group.collector)).size).toBe(groups.length);
});
