/** One sample of the world's clocks and dice, drawn by the loop for one transition. */
export interface Moment {
  /** CLOCK_MONOTONIC in ms: all deadlines run on it. */
  readonly monotonicMs: number;
  /** Wall clock in ms since the epoch: for people and across reboots only. */
  readonly wallAt: number;
  /** In [0, 1). */
  readonly random: number;
}

/** When a machine wants to be called again, on the monotonic clock, and why. */
export interface Deadline {
  readonly at: number;
  readonly reason: string;
}

/** Returns the earlier of the deadlines, or null where there is none. */
export function earliest(deadlines: readonly (Deadline | null)[]): Deadline | null {
  let first: Deadline | null = null;
  for (const deadline of deadlines) {
    if (deadline !== null && (first === null || deadline.at < first.at)) first = deadline;
  }
  return first;
}
