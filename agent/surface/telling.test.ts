import { expect, test } from "vitest";
import { closedResource, openResource, statusOf } from "../../test/fakes/surface-samples.ts";
import type { StatusLine } from "../cli/status-line.ts";
import { beginTelling, nextDueMs, putOff, tell } from "./telling.ts";

const minuteMs = 60_000;
const cause = "blocked level_not_met firewall.enabled";
const healthy = statusOf("connected", [openResource("wiki"), openResource("db-prod")]);
const partly = statusOf("narrowed", [openResource("wiki"), closedResource("db-prod")]);

/** Tells statuses, each at its instant, and returns what the last one led to. */
function after(...steps: readonly (readonly [StatusLine | null, number])[]) {
  let told = { telling: beginTelling(healthy, 0), now: [], over: [] } as ReturnType<typeof tell>;
  for (const [status, atMs] of steps) told = tell(told.telling, status, atMs);
  return told;
}

test("what is over takes its notice with it, and is told with how long it was closed", () => {
  const { now, over } = after([partly, minuteMs], [healthy, 4 * minuteMs]);
  expect(over).toEqual([cause]);
  expect(now).toMatchObject([
    { body: "Access came back by itself; there is nothing to do. Closed for 3 min." },
  ]);
});

test("an agent that went away meanwhile ends nothing, and the time goes on", () => {
  const gone = after([partly, minuteMs], [null, 2 * minuteMs]);
  expect(gone.over).toEqual([]);
  const back = tell(gone.telling, partly, 3 * minuteMs);
  expect(back.over).toEqual(["broken"]);
  const open = tell(back.telling, healthy, 4 * minuteMs);
  expect(open.over).toEqual([cause]);
  expect(open.now[0]?.body).toContain("Closed for 3 min.");
});

test("an agent that was not there from the start is no news", () => {
  expect(tell(beginTelling(null, 0), null, 1).now).toEqual([]);
  expect(after([null, 1]).now).toMatchObject([{ cause: "broken" }]);
});

test("what still stands keeps its notice, and so does what connecting tells nothing of", () => {
  const more = statusOf("narrowed", [openResource("x"), closedResource("db-prod")]);
  expect(after([partly, 1], [more, 2]).over).toEqual([]);
  expect(after([partly, 1], [statusOf("connecting"), 2]).over).toEqual([]);
});

const session = (endsInMinutes: 15 | 5): StatusLine["session"] => {
  return { user: "mara@example.com", until: "2026-11-24T18:12:00Z", endsInMinutes };
};
const soon = { ...healthy, session: session(15) };

test("later is ten minutes later, once, and only where it still stands", () => {
  const { telling, now } = after([soon, 0]);
  const [notice] = now;
  const put = putOff(telling, notice?.cause ?? "", 0);
  expect(nextDueMs(put)).toBe(10 * minuteMs);
  expect(tell(put, soon, 10 * minuteMs - 1).now).toEqual([]);
  const due = tell(put, soon, 10 * minuteMs);
  expect(due.now).toEqual([notice]);
  expect(nextDueMs(due.telling)).toBeNull();
  const renewed = tell(put, healthy, 10 * minuteMs);
  expect(renewed).toMatchObject({ now: [], over: [notice?.cause] });
  expect(nextDueMs(renewed.telling)).toBeNull();
});

test("the next mark takes the place of what was put off", () => {
  const { telling, now } = after([soon, 0]);
  const put = putOff(telling, now[0]?.cause ?? "", 0);
  const next = tell(put, { ...healthy, session: session(5) }, 10 * minuteMs);
  expect(next.now.map(({ body }) => body)).toEqual([
    "Your sign-in ends in 5 min. Renewed before, nothing closes.",
  ]);
});

test("nobody puts off what was not told", () => {
  const { telling } = after([soon, 0]);
  expect(putOff(telling, "another", 0)).toBe(telling);
});
