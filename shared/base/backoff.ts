/** Bounds of a decorrelated-jitter backoff, in milliseconds. */
export interface BackoffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Returns the next wait in ms: uniform between the base and three times the last wait, capped.
 * `random` is a value in [0, 1) drawn by the caller.
 */
export function nextBackoffMs(bounds: BackoffBounds, lastMs: number, random: number): number {
  const top = Math.max(bounds.baseMs, lastMs * 3);
  return Math.min(bounds.capMs, Math.round(bounds.baseMs + random * (top - bounds.baseMs)));
}
