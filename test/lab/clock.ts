// The one clock of the lab: CLOCK_MONOTONIC, the same number in every namespace of the machine.

/** Milliseconds with fraction; comparable with netd's `kernelAtMs` and every program's log lines. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
