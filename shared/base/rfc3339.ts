import { dayMs, hourMs, minuteMs } from "./time-span.ts";

/** Returns ms since the epoch (years 1970 to 9999) as RFC 3339 in UTC with milliseconds. */
export function rfc3339(instantMs: number): string {
  const days = Math.floor(instantMs / dayMs);
  const rest = instantMs - days * dayMs;
  const { year, month, day } = civilOf(days);
  const time = [
    [Math.floor(rest / hourMs), 2],
    [Math.floor(rest / minuteMs) % 60, 2],
    [Math.floor(rest / 1_000) % 60, 2],
  ] as const;
  const clock = time.map(([value, width]) => padded(value, width)).join(":");
  const milliseconds = padded(Math.floor(rest % 1_000), 3);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${clock}.${milliseconds}Z`;
}

/** Days since the epoch to the Gregorian date, by counting in 400-year eras that start in March. */
function civilOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
