import { InvalidArgumentError } from "commander";

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Returns the seconds of `90s`, `15m`, `12h` or `30d`. */
export function parseDurationSeconds(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("write it as 90s, 15m, 12h or 30d");
  return Number(digits) * (unitSeconds[unit] ?? 0);
}

/** Returns the seconds that a key may be valid: a minute to a year. */
export function parseValidity(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds < 60 || seconds > 365 * 86_400) throw new InvalidArgumentError("write 1m to 365d");
  return seconds;
}

/** Returns a whole number of at least 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError("write a whole number above 0");
  return Number(text);
}

/** Returns a port number; 0 takes a free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError("write 0 to 65535");
  return port;
}
