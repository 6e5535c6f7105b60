import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isTimerEnabled } from "./timer.ts";

test("a timer that is enabled and not masked starts by itself", async () => {
  const units = mkdtempSync(join(tmpdir(), "sallyport-timer-"));
  try {
    const asked = () => isTimerEnabled(/^apt-daily-upgrade\.timer$/, units);
    expect(await asked()).toBe(false);
    mkdirSync(join(units, "timers.target.wants"));
    symlinkSync("/x", join(units, "timers.target.wants/apt-daily-upgrade.timer"));
    expect(await asked()).toBe(true);
    symlinkSync("/dev/null", join(units, "apt-daily-upgrade.timer"));
    expect(await asked()).toBe(false);
  } finally {
    rmSync(units, { recursive: true });
  }
});
