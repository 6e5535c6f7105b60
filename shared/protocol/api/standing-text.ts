/** How facts and levels of a device read; what was not confirmed for too long counts as not known. */
import type { DeviceDetail } from "./device.ts";

type Level = DeviceDetail["levels"][number];

/** What stands in place of a value that was not confirmed for longer than it counts. */
export const staleText = "unknown (stale)";

/** Says whether a signal holds that a level looks at. */
export function needText({ met, stale }: Pick<Level["needs"][number], "met" | "stale">): string {
  if (stale) return staleText;
  return met ? "holds" : "fails";
}

/** Tells whether a level is not known because of what was not confirmed lately. */
export function isStale({ verdict, needs }: Pick<Level, "verdict" | "needs">): boolean {
  return verdict === "unknown" && needs.some(({ stale }) => stale);
}
