import type { BegunChange } from "./begin.ts";
import type { Candidate } from "./source.ts";

/** Returns what became of a set that shall be in force; without a change there was nothing to do. */
export function beginView(
  { policy, documents }: Candidate,
  begun: BegunChange | null,
  standing = "",
) {
  const statuses = { waiting: "waiting", rings: "rolling", atOnce: "done" } as const;
  return {
    version: policy.version,
    changed: begun !== null,
    change: begun?.change ?? null,
    status: begun === null ? standing : statuses[begun.mode],
    policies: documents.flatMap((document) => document.policies.map((one) => one.id)),
    resources: documents.flatMap((document) => document.resources.map((one) => one.name)),
    removedResources: begun?.applied.removed ?? [],
    effect: begun === null ? null : effectOf(begun),
  };
}

function effectOf({ plan }: BegunChange) {
  const { moments, gained, lost, devicesGaining, devicesLosing, lockedOut } = plan.plan;
  return {
    plan: plan.hash,
    devices: moments,
    gained,
    lost,
    devicesGaining,
    devicesLosing,
    lockedOut,
  };
}
