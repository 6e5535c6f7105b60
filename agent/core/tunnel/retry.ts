/**
 * When netd is asked again to make a configuration so that came only in part.
 *
 *    null ──passing failure──> due at ──time over, network changed──> asked ──failure──> due at …
 *      ^                                                               │
 *      └──────────── whole, refused for good, netd lost ───────────────┘
 */
import { nextBackoffMs } from "#shared/base/backoff.ts";
import type { Moment } from "../moment.ts";

/** A configuration that is to be tried again; `atMs` is null while netd works on it. */
export interface Retry {
  readonly atMs: number | null;
  readonly waitMs: number;
  readonly triedMs: number;
}

const bounds = { baseMs: 1_000, capMs: 60_000 };
/** Whatever flaps on this machine's network, netd is asked this seldom. */
const leastMs = 1_000;

/** Returns the retry after one more failure: later each time, spread so that machines differ. */
export function afterFailure(former: Retry | null, now: Moment): Retry {
  const waitMs = nextBackoffMs(bounds, former?.waitMs ?? 0, now.random);
  return { atMs: now.monotonicMs + waitMs, waitMs, triedMs: now.monotonicMs };
}

/** Returns the retry after the network of this machine changed: the cause may be gone. */
export function afterChange(retry: Retry | null, now: Moment): Retry | null {
  if (retry === null || retry.atMs === null) return retry;
  const soonestMs = Math.max(now.monotonicMs, retry.triedMs + leastMs);
  return { ...retry, atMs: Math.min(retry.atMs, soonestMs) };
}

/** Tells whether it is time. */
export function isDue(retry: Retry | null, now: Moment): retry is Retry {
  return retry !== null && retry.atMs !== null && now.monotonicMs >= retry.atMs;
}
