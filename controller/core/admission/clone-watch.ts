/** Notices an identity that is used in two places: links that replace each other from other addresses. */

const windowMs = 60_000;
const standsMs = 600_000;

/** Times at which a living link was replaced from another address, and how long the finding stands. */
export interface CloneWatch {
  replacedAt: readonly number[];
  clonedUntilAt: number;
}

/** Returns a watch that saw nothing. */
export function newCloneWatch(): CloneWatch {
  return { replacedAt: [], clonedUntilAt: 0 };
}

/** Notes that a living link was replaced from another address; true when that makes it a clone (twice in a minute). */
export function noteReplacement(watch: CloneWatch, now: number): boolean {
  watch.replacedAt = [...watch.replacedAt.filter((at) => at > now - windowMs), now];
  if (watch.replacedAt.length < 2) return false;
  watch.clonedUntilAt = now + standsMs;
  return true;
}

/** Tells whether the identity counts as cloned; ends by itself after ten minutes without a new finding. */
export function isCloned(watch: CloneWatch, now: number): boolean {
  return watch.clonedUntilAt > now;
}
