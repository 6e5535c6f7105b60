import fc from "fast-check";
import { expect, test, vi } from "vitest";
import {
  compileWindow,
  parseTimeOfDay,
  type TimeWindow,
  type Weekday,
  weekdays,
} from "./time-window.ts";

// Many cases: the time is work, not waiting, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

const minute = 60_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const made = clocks.get(zone);
  if (made !== undefined) return made;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  clocks.set(zone, clock);
  return clock;
}

/** The wall clock by the platform's own formatting of weekday, hour and minute. */
function isOpenByTheClock(window: TimeWindow, at: number): boolean {
  const parts = clockOf(window.zone).formatToParts(at);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)!.value;
  const now = Number(part("hour")) * 60 + Number(part("minute"));
  const today = weekdays.indexOf(part("weekday").toLowerCase() as Weekday);
  const on = (day: number) => window.days.includes(weekdays[(day + 7) % 7]!);
  const { fromMinute, toMinute } = window;
  if (toMinute > fromMinute) return on(today) && now >= fromMinute && now < toMinute;
  return (on(today) && now >= fromMinute) || (on(today - 1) && now < toMinute);
}

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "America/Sao_Paulo",
  "UTC",
];

/** Both DST days of Europe, America and Lord Howe in 2026, and ordinary days. */
const days = [
  "2026-03-29",
  "2026-10-25",
  "2026-03-08",
  "2026-11-01",
  "2026-04-05",
  "2026-10-04",
  "2026-06-17",
  "2026-12-31",
];

const windowArbitrary: fc.Arbitrary<TimeWindow> = fc.record({
  days: fc.subarray([...weekdays], { minLength: 1 }),
  fromMinute: fc.constantFrom(0, 1, 90, 120, 150, 179, 180, 420, 1_200, 1_439),
  toMinute: fc.constantFrom(1, 60, 120, 150, 165, 180, 200, 1_200, 1_440),
  zone: fc.constantFrom(...zones),
});

test("windows agree with the wall clock, and hold until their edge, on DST days too", () => {
  const instants = fc
    .tuple(fc.constantFrom(...days), fc.integer({ min: -1_440, max: 2_880 }))
    .map(([day, minutes]) => Date.parse(`${day}T00:00:00Z`) + minutes * minute);
  fc.assert(
    fc.property(windowArbitrary, instants, (window, at) => {
      const state = compileWindow(window).stateAt(at);
      expect(state.open).toBe(isOpenByTheClock(window, at));
      expect(state.untilAt).toBeGreaterThan(at);
      // The edge is the first change, so every quarter of an hour before it says the same.
      const end = Math.min(state.untilAt - 1, at + 2 * 1_440 * minute);
      for (let later = at; later <= end; later += 15 * minute) {
        expect(isOpenByTheClock(window, later), new Date(later).toISOString()).toBe(state.open);
      }
      expect(isOpenByTheClock(window, end)).toBe(state.open);
    }),
    { numRuns: 400 },
  );
});

const berlin = { days: ["sun"], zone: "Europe/Berlin" } as const;

test("a window in the hour that does not exist opens when the clock has jumped over its start", () => {
  const { stateAt: state } = compileWindow({ ...berlin, fromMinute: 150, toMinute: 240 });
  const jump = Date.parse("2026-03-29T01:00:00Z");
  expect(state(jump - 1)).toEqual({ open: false, untilAt: jump });
  expect(state(jump)).toEqual({ open: true, untilAt: Date.parse("2026-03-29T02:00:00Z") });
});

test("a window in the doubled hour opens twice", () => {
  const { stateAt: state } = compileWindow({ ...berlin, fromMinute: 135, toMinute: 165 });
  const at = (text: string) => state(Date.parse(`2026-10-25T${text}Z`));
  expect(at("00:15:00")).toEqual({ open: true, untilAt: Date.parse("2026-10-25T00:45:00Z") });
  expect(at("00:45:00")).toEqual({ open: false, untilAt: Date.parse("2026-10-25T01:00:00Z") });
  expect(at("01:15:00").open).toBe(true);
  expect(at("01:45:00").open).toBe(false);
});

test("a working week ends on Friday evening and begins on Monday", () => {
  const { stateAt: state } = compileWindow({
    days: ["mon", "tue", "wed", "thu", "fri"],
    fromMinute: 420,
    toMinute: 1_200,
    zone: "Europe/Berlin",
  });
  expect(state(Date.parse("2026-11-20T19:00:00Z"))).toEqual({
    open: false,
    untilAt: Date.parse("2026-11-23T06:00:00Z"),
  });
});

test("times of day are read strictly", () => {
  expect(["00:00", "07:30", "24:00"].map(parseTimeOfDay)).toEqual([0, 450, 1_440]);
  expect(["7:00", "24:01", "25:00", "12:60", ""].map(parseTimeOfDay)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});
