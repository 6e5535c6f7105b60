/** Times in words. */

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** Returns a duration in its largest unit, such as `3 min`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [unit, size] = units.find(([, size]) => whole >= size) ?? ["s", 1];
  return `${Math.floor(whole / size)} ${unit}`;
}

/** Returns how long ago an instant was, or how far ahead it is. */
export function ageText(instant: string | null, nowMs: number): string {
  if (instant === null) return "never";
  const seconds = (nowMs - Date.parse(instant)) / 1000;
  if (Math.abs(seconds) < 1.5) return "now";
  return seconds > 0 ? `${durationText(seconds)} ago` : `in ${durationText(-seconds)}`;
}
