import { expect, test } from "vitest";
import { watchSetBack } from "./set-back.ts";

function watched() {
  let [wallMs, monotonicMs] = [1_000_000_000, 0];
  let wake: (() => void) | null = null;
  const watch = watchSetBack({
    nowAt: () => wallMs,
    monotonicMs: () => monotonicMs,
    wake: (_delayMs, run) => {
      wake = run;
      return () => {
        wake = null;
      };
    },
  });
  let told: number | null = null;
  void watch.setBack.then((byMs) => {
    told = byMs;
  });
  return {
    stop: () => watch.stop(),
    second: async (stepMs: number) => {
      wallMs += 1_000 + stepMs;
      monotonicMs += 1_000;
      wake?.();
      await Promise.resolve();
      return told;
    },
  };
}

test("a clock that is set back is told with how far", async () => {
  const { second } = watched();
  expect(await second(0)).toBeNull();
  expect(await second(10_800_000)).toBeNull();
  expect(await second(-10_800_000)).toBe(10_800_000);
});

test("a clock that is slewed, set forward or no longer watched is not", async () => {
  const { second, stop } = watched();
  for (let count = 0; count < 100; count++) expect(await second(-500)).toBeNull();
  expect(await second(86_400_000)).toBeNull();
  stop();
  expect(await second(-86_400_000)).toBeNull();
});
