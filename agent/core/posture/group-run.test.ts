import { expect, test } from "vitest";
import { finished, freshRun, type GroupRun, isDue, started, wake, wantsAt } from "./group-run.ts";

const group = {
  collector: "firewall",
  signals: ["firewall.ipv4"],
  deadlineMs: 2_000,
  floorPollMs: 60_000,
} as const;

/** Runs the group at each time that it wants, failing every time; returns those times. */
function failing(state: GroupRun, until: number): readonly number[] {
  const times: number[] = [];
  let run = state;
  for (let now = wantsAt(run); now < until; now = wantsAt(run)) {
    times.push(now);
    expect(isDue(run, now)).toBe(true);
    run = finished(started(run, times.length, now), { now, jitter: 0, failed: true });
  }
  return times;
}

test("a look that failed is repeated after a second, then ever later up to the floor poll", () => {
  expect(failing(freshRun(group, 0), 200_000)).toEqual([
    0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000,
  ]);
});

test("one good look ends the repetitions", () => {
  const once = finished(started(freshRun(group, 0), 1, 0), { now: 0, jitter: 0, failed: true });
  const good = finished(started(once, 2, 1_000), { now: 1_000, jitter: 0, failed: false });
  expect(wantsAt(good)).toBe(61_000);
  const anew = finished(started(good, 3, 61_000), { now: 61_000, jitter: 0, failed: true });
  expect(wantsAt(anew)).toBe(62_000);
});

test("repetitions take from the bucket that events take from: an empty one means the floor poll", () => {
  let run = freshRun(group, 0);
  for (let count = 0; count < 10; count++) {
    run = finished(started(wake(run, 0), count, 0), { now: 0, jitter: 0, failed: false });
  }
  const failed = finished(started(run, 11, 0), { now: 0, jitter: 0, failed: true });
  expect(wantsAt(failed)).toBe(60_000);
});

test("an event that came while a failing look ran is looked at at once", () => {
  const running = wake(started(freshRun(group, 0), 1, 0), 10);
  const next = finished(running, { now: 500, jitter: 0, failed: true });
  expect(wantsAt(next)).toBe(500);
});
