import type { Clock } from "../../ports/clock.ts";

const delayMaxMs = 2_147_483_647;

/** Returns the machine's clocks; `monotonicMs` is CLOCK_MONOTONIC, the same for all programs of one machine. */
export function makeClock(): Clock {
  return {
    nowAt: () => Date.now(),
    monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
    wake(delayMs, run) {
      // A longer delay would fire at once; waking early is harmless, the loop asks again.
      const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), delayMaxMs));
      return () => clearTimeout(timer);
    },
  };
}
