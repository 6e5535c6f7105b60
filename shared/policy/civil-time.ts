/** Calendar arithmetic on plain numbers: purer than `Date`, and free of the machine's zone. */
import { dayMs, hourMs, minuteMs } from "../base/time-span.ts";

const instantPattern = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{3}))?)?Z)?$/;

/** Returns the days since 1970-01-01 of a date of the Gregorian calendar, or null where there is no such day. */
export function daysOf(year: number, month: number, day: number): number | null {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  // Years begin in March here, so that the leap day is the last one.
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Returns ms since epoch of `2026-12-31` (its first instant) or `2026-12-31T12:00:00Z`, UTC only; else null. */
export function parseInstant(text: string): number | null {
  const match = instantPattern.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = match
    .slice(1)
    .map((digits) => Number((digits as string | undefined) ?? 0));
  const days = daysOf(year, month, day);
  if (days === null || hour > 23 || minute > 59 || second > 59) return null;
  return days * dayMs + hour * hourMs + minute * minuteMs + second * 1_000 + ms;
}

/** Returns the day of the week of a day since epoch: 0 = Monday. */
export function weekdayOf(days: number): number {
  return (((days + 3) % 7) + 7) % 7;
}
