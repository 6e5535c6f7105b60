import type { Clock } from "../../ports/clock.ts";

const periodMs = 1_000;
/** What slewing and a late timer make of it stays far below. */
const toleratedMs = 2_000;

/** A watch over the machine's wall clock. */
export interface SetBackWatch {
  /** By how many ms the clock was set back, once it was by more than two seconds. */
  readonly setBack: Promise<number>;
  stop(): void;
}

/** Compares both clocks once a second: deadlines that were set before a step back would come too late. */
export function watchSetBack(clock: Clock): SetBackWatch {
  let cancel: () => void = () => undefined;
  const aheadMs = () => clock.nowAt() - clock.monotonicMs();
  const setBack = new Promise<number>((resolve) => {
    const look = (formerMs: number) => {
      const nowMs = aheadMs();
      if (formerMs - nowMs > toleratedMs) resolve(formerMs - nowMs);
      else cancel = clock.wake(periodMs, () => look(nowMs));
    };
    look(aheadMs());
  });
  return { setBack, stop: () => cancel() };
}
