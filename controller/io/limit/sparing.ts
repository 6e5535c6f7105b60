/** Which of many alike are worth keeping, so that nobody fills a disk by being refused. */
import { addressKey, makeRateLimit, type Rate } from "./rate-limit.ts";

/** Returns how many were left out since the last that was kept, or null where this one is left out too. */
export type Sparing = (remoteAddress: string, nowMs: number) => number | null;

/** Keeps so many of one address, and so many of all. */
export function makeSparing(ofAnAddress: Rate, ofAllAddresses: Rate): Sparing {
  const each = makeRateLimit(ofAnAddress);
  const all = makeRateLimit(ofAllAddresses);
  let leftOut = 0;
  return (remoteAddress, nowMs) => {
    if (each.take(addressKey(remoteAddress), nowMs) > 0 || all.take("all", nowMs) > 0) {
      leftOut += 1;
      return null;
    }
    const since = leftOut;
    leftOut = 0;
    return since;
  };
}
