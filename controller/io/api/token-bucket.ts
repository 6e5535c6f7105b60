/** Limits per key: `burst` at once, `perSecond` after that; forgets keys that are full again. */

/** A set of buckets. */
export interface TokenBuckets {
  /** Takes one; returns 0, or the seconds until there is one. */
  take(key: string): number;
}

/** Limits of one set of buckets. */
export interface BucketLimits {
  readonly burst: number;
  readonly perSecond: number;
  monotonicMs(): number;
}

const bucketsMax = 4096;

/** Returns empty buckets; when too many keys are held, all are forgotten. */
export function makeTokenBuckets(limits: BucketLimits): TokenBuckets {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return {
    take(key) {
      const nowMs = limits.monotonicMs();
      const held = buckets.get(key) ?? { left: limits.burst, atMs: nowMs };
      const gained = ((nowMs - held.atMs) / 1000) * limits.perSecond;
      const left = Math.min(limits.burst, held.left + gained);
      if (buckets.size >= bucketsMax) buckets.clear();
      buckets.set(key, { left: left >= 1 ? left - 1 : left, atMs: nowMs });
      return left >= 1 ? 0 : Math.ceil((1 - left) / limits.perSecond);
    },
  };
}
