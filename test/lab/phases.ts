// Splits one cut-off into its phases, from the log lines of three programs on one clock, and says
// which of its two ends cut. Gateway and laptop are told at the same moment; the phases follow the
// gateway's removal, and what a flow did otherwise is its rest.
import type { LogLine } from "./program.ts";

/** Milliseconds; together they reach from the change of the firewall to the gateway's kernel. */
export interface Phases {
  readonly detect: number;
  readonly uplink: number;
  readonly decide: number;
  readonly push: number;
  readonly apply: number;
}

/** Milliseconds after the firewall opened; for each flow the phases and its rest make its cut-off. */
export interface CutEnds {
  /** Whose kernel was first to let nothing of the flows pass. */
  readonly first: "gateway" | "laptop";
  readonly gatewayMs: number;
  /** When the laptop's kernel first refused a record; null where the gateway alone has cut. */
  readonly laptopMs: number | null;
  /** When the youngest datagram that still arrived had been sent: none passes a kernel that has cut. */
  readonly lastPassedMs: number | null;
  /** Above 0 records were still on their way; below 0 the flow had ended before the gateway's cut. */
  readonly restMs: { readonly tcp: number; readonly udp: number };
}

/** What was measured of one cut, beside its lines. */
export interface CutSeen {
  readonly openedAtMs: number;
  readonly laptopRefusedAtMs: number | null;
  readonly youngestSentAtMs: number | null;
  readonly cutoffMs: { readonly tcp: number; readonly udp: number };
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

/** Says who cut, and what the phases leave unexplained of either flow. */
export function cutEndsOf(phases: Phases, seen: CutSeen, gatewayAtMs: number): CutEnds {
  const { openedAtMs, laptopRefusedAtMs, youngestSentAtMs, cutoffMs } = seen;
  const { detect, uplink, decide, push, apply } = phases;
  const explained = detect + uplink + decide + push + apply;
  const laptopFirst = laptopRefusedAtMs !== null && laptopRefusedAtMs < gatewayAtMs;
  return {
    first: laptopFirst ? "laptop" : "gateway",
    gatewayMs: roundMs(gatewayAtMs - openedAtMs),
    laptopMs: laptopRefusedAtMs === null ? null : roundMs(laptopRefusedAtMs - openedAtMs),
    lastPassedMs: youngestSentAtMs === null ? null : roundMs(youngestSentAtMs - openedAtMs),
    restMs: { tcp: roundMs(cutoffMs.tcp - explained), udp: roundMs(cutoffMs.udp - explained) },
  };
}

/** When the gateway's kernel had the removal. */
export function gatewayCutAtMs({ applied }: Pick<CutLines, "applied">): number {
  return field(applied, "kernelAtMs");
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
