import { hourMs } from "#shared/base/time-span.ts";

/**
 * Returns the whole hours since something was made; null when that lies more than an hour ahead. A
 * clock that was set back would else make old information look like new.
 */
export function ageHours(madeAt: number, nowAt: number): number | null {
  const age = nowAt - madeAt;
  if (!Number.isFinite(age) || age < -hourMs) return null;
  return Math.max(0, Math.floor(age / hourMs));
}
