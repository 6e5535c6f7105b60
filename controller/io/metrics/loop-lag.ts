import type { Clock } from "../../ports/clock.ts";
import type { Metrics } from "../../ports/metrics.ts";

const periodMs = 1_000;

/** Measures once a second how late the loop's timers fire; returns how to stop. */
export function watchLoopLag(
  clock: Pick<Clock, "monotonicMs" | "wake">,
  metrics: Pick<Metrics, "observe">,
): () => void {
  let cancel: () => void = () => undefined;
  const next = () => {
    const dueMs = clock.monotonicMs() + periodMs;
    cancel = clock.wake(periodMs, () => {
      const lateMs = Math.max(0, clock.monotonicMs() - dueMs);
      metrics.observe("sallyport_loop_lag_seconds", {}, lateMs / 1000);
      next();
    });
  };
  next();
  return () => cancel();
}
