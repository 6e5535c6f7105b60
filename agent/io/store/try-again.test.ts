import { expect, test } from "vitest";
import { heldWaits } from "../../../test/fakes/held-waits.ts";
import { tryAgain } from "./try-again.ts";

test("it waits twice as long each time, at most a minute, until it succeeds", () => {
  const waits = heldWaits();
  const lengths: number[] = [];
  let left = 7;
  const again = tryAgain(() => --left === 0, waits.wait);
  again.soon();
  again.soon();
  while (waits.under().length > 0) {
    lengths.push(...waits.under());
    waits.pass();
  }
  expect(lengths).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  left = 1;
  again.soon();
  expect(waits.under()).toEqual([2_000]);
});

test("called off, it attempts no more", () => {
  const waits = heldWaits();
  const again = tryAgain(() => expect.fail("no attempt"), waits.wait);
  again.soon();
  again.stop();
  expect(waits.under()).toEqual([]);
});
