// Splits one cut-off into its phases, from the log lines of three programs on one clock.
import type { LogLine } from "./program.ts";

/** Milliseconds; together they reach from the change of the firewall to the gateway's kernel. */
export interface Phases {
  readonly detect: number;
  readonly uplink: number;
  readonly decide: number;
  readonly push: number;
  readonly apply: number;
}

/** The four lines of one removal; all times are CLOCK_MONOTONIC milliseconds. */
export interface CutLines {
  readonly openedAtMs: number;
  readonly sent: LogLine;
  readonly received: LogLine;
  readonly removed: LogLine;
  readonly applied: LogLine;
}

/** Rounded to microseconds; detection may precede the return of the command that caused it: 0 then. */
export function phasesOf(lines: CutLines): Phases {
  const sentAt = field(lines.sent, "monotonicMs");
  const receivedAt = field(lines.received, "monotonicMs");
  const decidedAt = field(lines.removed, "decidedAtMonotonicMs");
  const arrivedAt = field(lines.applied, "receivedAtMonotonicMs");
  const kernelAt = field(lines.applied, "kernelAtMs");
  return {
    detect: roundMs(Math.max(0, sentAt - lines.openedAtMs)),
    uplink: roundMs(receivedAt - sentAt),
    decide: roundMs(decidedAt - receivedAt),
    push: roundMs(arrivedAt - decidedAt),
    apply: roundMs(kernelAt - arrivedAt),
  };
}

/** Milliseconds to three places. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function field(line: LogLine, name: string): number {
  const value = line[name];
  if (typeof value !== "number")
    throw new Error(`log line without ${name}: ${JSON.stringify(line)}`);
  return value;
}
