/** Tells whether a timer of systemd is at work: enabled by a link, not masked, and not stopped. */
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed, unknown } from "#shared/posture/reading.ts";
import { runTool } from "../command.ts";
import type { ToolOutcome } from "../command.ts";
import { isThere } from "../read-file.ts";

/** Where units lie and who knows of their state; tests give others. */
export interface Systemd {
  /** The administrator's units. */
  readonly units: string;
  /** Exists while systemd runs the machine. */
  readonly running: string;
  readonly show: (names: readonly string[]) => Promise<ToolOutcome>;
}

const systemd: Systemd = {
  units: "/etc/systemd/system",
  running: "/run/systemd/system",
  show: (names) =>
    runTool({
      candidates: ["/usr/bin/systemctl", "/bin/systemctl"],
      args: ["show", "--property=ActiveState", "--", ...names],
      deadlineMs: 5_000,
    }),
};

/** Returns whether any timer of the pattern starts with the machine and has not been stopped since. */
export async function readTimer(pattern: RegExp, from: Systemd = systemd): Promise<Reading> {
  const names = await enabledTimers(pattern, from.units);
  if (names.length === 0 || !(await isThere(from.running))) return known(false);
  const run = await from.show(names);
  if (run.kind === "failed") return unknown(run.reason);
  const states = [...run.stdout.matchAll(/^ActiveState=(\w+)$/gm)].map(([, state]) => state);
  if (run.exitCode !== 0 || states.length !== names.length) return notParsed;
  return known(states.includes("active"));
}

/** One that is masked keeps its links. */
async function enabledTimers(pattern: RegExp, units: string): Promise<readonly string[]> {
  const names = await readdir(join(units, "timers.target.wants")).catch(() => []);
  const masked = await Promise.all(
    names.map((name) =>
      readlink(join(units, name)).then(
        (to) => to === "/dev/null",
        () => false,
      ),
    ),
  );
  return names.filter((name, index) => pattern.test(name) && masked[index] === false);
}
