import { expect, test } from "vitest";
import { closeFlap as close, defaultReopenHold, failFlap, type Flap, passFlap } from "./flap.ts";

const closeFlap = (former: Flap | undefined, now: number) => close(defaultReopenHold, former, now);

/** Closes at `now`, then passes until it opens; returns the flap and how long that took. */
function reopen(former: Flap | undefined, now: number): { flap: Flap; heldMs: number } {
  const { opensAt } = passFlap(closeFlap(former, now), now);
  const opened = passFlap({ ...closeFlap(former, now), passingSinceAt: now }, opensAt);
  return { flap: opened.flap, heldMs: opensAt - now };
}

test("the hold doubles from two seconds to a minute while it flaps, and starts over after calm", () => {
  const held: number[] = [];
  let flap: Flap | undefined;
  let now = 0;
  for (let times = 0; times < 8; times++) {
    const opened = reopen(flap, now);
    held.push(opened.heldMs / 1000);
    flap = opened.flap;
    now += opened.heldMs + 1_000;
  }
  expect(held).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  expect(reopen(flap, now + 300_000).heldMs).toBe(2_000);
});

test("a pass that is interrupted starts anew", () => {
  const closed = closeFlap(undefined, 0);
  const passing = passFlap(closed, 1_000);
  expect(passing.opensAt).toBe(3_000);
  const failed = failFlap(passing.flap);
  expect(passFlap(failed, 2_500).opensAt).toBe(4_500);
});

test("closing again before it ever opened does not lengthen the hold", () => {
  const closed = closeFlap(undefined, 0);
  expect(closeFlap(closed, 10).holdMs).toBe(closed.holdMs);
});

test("what is open stays open while it passes", () => {
  const { flap } = reopen(undefined, 0);
  expect(passFlap(flap, 50_000)).toEqual({ flap, opensAt: 50_000 });
});

test("an operator may set the hold, down to none", () => {
  const none = close({ firstMs: 0, maxMs: 0 }, undefined, 0);
  expect(passFlap(none, 5).opensAt).toBe(5);
});
