import type { Clock } from "../ports.ts";

/** setTimeout counts in a signed 32-bit number; longer waits are cut and asked again. */
const timerMaxMs = 2_147_000_000;

/** Returns the machine's clock: CLOCK_MONOTONIC for deadlines, wall time for people. */
export function openClock(): Clock {
  let timer: NodeJS.Timeout | null = null;
  return {
    now: () => ({ monotonicMs: monotonicMs(), wallAt: Date.now(), random: Math.random() }),
    wakeAt: (at, wake) => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (at === null) return;
      const waitMs = Math.min(timerMaxMs, Math.max(0, Math.ceil(at - monotonicMs())));
      timer = setTimeout(wake, waitMs);
    },
  };
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
