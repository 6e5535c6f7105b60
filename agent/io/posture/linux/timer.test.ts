import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ToolOutcome } from "../command.ts";
import { readTimer } from "./timer.ts";

let units = "";
beforeEach(() => {
  units = mkdtempSync(join(tmpdir(), "sallyport-timer-"));
});
afterEach(() => {
  rmSync(units, { recursive: true });
});

const ended = (stdout: string, exitCode = 0): ToolOutcome => {
  return { kind: "ended", tool: "systemctl", exitCode, stdout, stderr: "", tookMs: 1 };
};
const ask = (outcome: ToolOutcome, running = units) => {
  const show = () => Promise.resolve(outcome);
  return readTimer(/^apt-daily-upgrade\.timer$/, { units, running, show });
};
const known = (value: boolean) => ({ kind: "known", value });
const unknown = (reason: string) => ({ kind: "unknown", reason });

function enable(): void {
  mkdirSync(join(units, "timers.target.wants"));
  symlinkSync("/x", join(units, "timers.target.wants/apt-daily-upgrade.timer"));
}

test("a timer works when it is enabled, not masked and active", async () => {
  const active = ended("ActiveState=active\n");
  expect(await ask(active)).toEqual(known(false));
  enable();
  expect(await ask(active)).toEqual(known(true));
  expect(await ask(active, join(units, "absent"))).toEqual(known(false));
  symlinkSync("/dev/null", join(units, "apt-daily-upgrade.timer"));
  expect(await ask(active)).toEqual(known(false));
});

test.each([
  ["stopped", ended("ActiveState=inactive\n"), known(false)],
  ["failed", ended("ActiveState=failed\n"), known(false)],
  ["in other words", ended("ActiveState=aktiv läuft\n"), unknown("parse")],
  ["without an answer", ended(""), unknown("parse")],
  ["behind a bus that is away", ended("ActiveState=active\n", 1), unknown("parse")],
  ["late", { kind: "failed", reason: "timeout", tookMs: 5_000 } as const, unknown("timeout")],
])("a timer that is enabled and %s", async (_, outcome, reading) => {
  enable();
  expect(await ask(outcome)).toEqual(reading);
});
