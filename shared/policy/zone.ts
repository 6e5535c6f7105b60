/** Offsets of IANA zones: the one thing about local time that has to be looked up. */
import { dayMs, hourMs, minuteMs } from "../base/time-span.ts";

/** A zone that answers for its offset, and for when that changes next. */
export interface Zone {
  /** Returns local time minus UTC at an instant, in ms. */
  readonly offsetAt: (at: number) => number;
  /** Returns the first instant after `at` with another offset, or `untilAt` where there is none before. */
  readonly changeAfter: (at: number, untilAt: number) => number;
}

/** Tells whether a name is an IANA zone; fixed offsets such as `+02:00` are none. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(name)) return false;
  try {
    makeFormat(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Returns all names of zones that this runtime knows, for hints. */
export function zoneNames(): readonly string[] {
  return Intl.supportedValuesOf("timeZone");
}

/** Returns a zone; throws a RangeError where the name is none. Looked-up stretches are remembered. */
export function makeZone(name: string): Zone {
  const format = makeFormat(name);
  const lookUp = (at: number): number => {
    const part = format.formatToParts(at).find(({ type }) => type === "timeZoneName");
    return parseOffset(part?.value ?? "");
  };
  // A stretch of time in which the offset was seen to be the same at both ends.
  let stretch = { fromAt: 0, untilAt: 0, offsetMs: 0 };
  const offsetAt = (at: number): number => {
    if (at >= stretch.fromAt && at < stretch.untilAt) return stretch.offsetMs;
    const offsetMs = lookUp(at);
    stretch = { fromAt: at, untilAt: firstChange(lookUp, at, at + 8 * dayMs), offsetMs };
    return offsetMs;
  };
  const changeAfter = (at: number, untilAt: number): number => {
    offsetAt(at);
    if (untilAt <= stretch.untilAt && at >= stretch.fromAt) return untilAt;
    return firstChange(lookUp, at, untilAt);
  };
  return { offsetAt, changeAfter };
}

/** Halves the interval until it holds the change only; no zone changes twice within nine days. */
function firstChange(lookUp: (at: number) => number, fromAt: number, untilAt: number): number {
  const offsetMs = lookUp(fromAt);
  let [same, other] = [fromAt, untilAt];
  if (lookUp(untilAt) === offsetMs) return untilAt;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (lookUp(middle) === offsetMs) same = middle;
    else other = middle;
  }
  return other;
}

function makeFormat(name: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
}

/** Reads `GMT`, `GMT+05:30` or, for old local times, `GMT-00:01:15`. */
function parseOffset(text: string): number {
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (match === null) throw new Error(`unexpected offset \`${text}\``);
  const [, sign, hours, minutes, seconds] = match;
  const ms =
    Number(hours ?? 0) * hourMs + Number(minutes ?? 0) * minuteMs + Number(seconds ?? 0) * 1_000;
  return sign === "-" ? -ms : ms;
}
