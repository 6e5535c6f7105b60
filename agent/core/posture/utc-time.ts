/** Counts time without a clock object. */

/** Returns ms since the epoch of year, month (from 0), day, hour, minute and second (proleptic Gregorian). */
export function utcMs(parts: readonly [number, number, number, number, number, number]): number {
  const [year, month, day, hour, minute, second] = parts;
  const shifted = month < 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 10) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * 146_097 + dayOfEra - 719_468;
  return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000;
}
