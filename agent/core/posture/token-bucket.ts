/** Limits how often a group of signals may be read: ten runs in ten seconds. */

/** A bucket at one moment; times are monotonic ms. */
export interface TokenBucket {
  readonly tokens: number;
  readonly at: number;
}

const capacity = 10;
const refillMs = 1_000;

/** Returns a full bucket. */
export function fullBucket(now: number): TokenBucket {
  return { tokens: capacity, at: now };
}

/** Returns the bucket with what has flowed in since. */
function refilled(bucket: TokenBucket, now: number): TokenBucket {
  const gained = Math.max(0, now - bucket.at) / refillMs;
  return { tokens: Math.min(capacity, bucket.tokens + gained), at: now };
}

/** Returns the bucket after one run, or null when it is empty. */
export function withdraw(bucket: TokenBucket, now: number): TokenBucket | null {
  const full = refilled(bucket, now);
  return full.tokens < 1 ? null : { tokens: full.tokens - 1, at: now };
}

/** Returns when the bucket will hold that many tokens. */
export function availableAt(bucket: TokenBucket, tokens: number, now: number): number {
  const missing = tokens - refilled(bucket, now).tokens;
  return missing <= 0 ? now : Math.ceil(now + missing * refillMs);
}
