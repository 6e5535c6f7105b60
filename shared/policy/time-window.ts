/** Weekly windows of local time. The wall clock decides: a window in a doubled hour opens twice. */
import { weekdayOf } from "./civil-time.ts";
import { makeZone } from "./zone.ts";
import { dayMs, minuteMs } from "../base/time-span.ts";

/** Days of the week in the order of the documents, Monday first. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** A day of the week. */
export type Weekday = (typeof weekdays)[number];

/**
 * A window that opens on `days` at `fromMinute` and closes at `toMinute` of the same day, or of the
 * next one where `toMinute` is not later; minutes count from local midnight, 1440 is its end.
 */
export interface TimeWindow {
  readonly days: readonly Weekday[];
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly zone: string;
}

/** Whether a window is open, and the first instant at which that may change. */
export interface WindowState {
  readonly open: boolean;
  readonly untilAt: number;
}

/** A window as a function of the instant, and of a frame's instant where only the edge is wanted. */
export interface CompiledWindow {
  readonly stateAt: (at: number) => WindowState;
  readonly clock: (frame: { readonly input: { readonly nowAt: number } }) => number;
}

/** Returns the window compiled; throws where the zone is unknown. The last answer is remembered. */
export function compileWindow(window: TimeWindow): CompiledWindow {
  const judge = judgeOf(window);
  let fromAt = Infinity;
  let last: WindowState = { open: false, untilAt: -Infinity };
  const stateAt = (at: number): WindowState => {
    if (at >= fromAt && at < last.untilAt) return last;
    last = judge(at);
    fromAt = at;
    return last;
  };
  return { stateAt, clock: ({ input }) => stateAt(input.nowAt).untilAt };
}

function judgeOf(window: TimeWindow): (at: number) => WindowState {
  const zone = makeZone(window.zone);
  const days = new Set(window.days.map((day) => weekdays.indexOf(day)));
  const fromMs = window.fromMinute * minuteMs;
  const overnight = window.toMinute <= window.fromMinute;
  const lengthMs = (window.toMinute - window.fromMinute) * minuteMs + (overnight ? dayMs : 0);
  return (at) => {
    const offsetMs = zone.offsetAt(at);
    const local = at + offsetMs;
    const today = Math.floor(local / dayMs);
    let open = false;
    let nextLocal = local + 8 * dayMs;
    for (let day = today - 1; day <= today + 7; day++) {
      if (!days.has(weekdayOf(day))) continue;
      const start = day * dayMs + fromMs;
      const end = start + lengthMs;
      if (local >= start && local < end) open = true;
      if (start > local) nextLocal = Math.min(nextLocal, start);
      if (end > local) nextLocal = Math.min(nextLocal, end);
    }
    return { open, untilAt: zone.changeAfter(at, nextLocal - offsetMs) };
  };
}

/** Returns minutes since midnight of `07:00` or `24:00`, or null. */
export function parseTimeOfDay(text: string): number | null {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  if (match === null) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return minutes <= 1_440 ? minutes : null;
}
