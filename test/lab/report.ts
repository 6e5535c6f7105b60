// The one object that `npm start -- --once --json` prints as its last line. Field names are a
// contract with scripts; absent measurements are null, never invented.
import type { CutEnds, Phases } from "./phases.ts";

/** How long a step took. */
export interface StepTime {
  readonly name: string;
  readonly ms: number;
}

/** Where the story ended early, and why. */
export interface Failure {
  readonly step: string;
  readonly code: string;
  readonly detail: string;
}

/** The object of `npm start -- --once --json`. */
export interface LabReport {
  readonly schema: "sallyport.lab/1";
  readonly ok: boolean;
  readonly failed?: Failure;
  readonly wireguard: "kernel" | "userspace" | null;
  readonly rootless: boolean;
  readonly enrolMs: number | null;
  readonly tunnelUpMs: number | null;
  readonly firstByteMs: number | null;
  readonly cutoffMs: { readonly tcp: number; readonly udp: number } | null;
  readonly phasesMs: Phases | null;
  readonly restoreMs: number | null;
  readonly leakedPackets: number | null;
  readonly controls: {
    readonly impostorAnswersWithoutGuard: boolean;
    readonly flowAliveBeforeCut: boolean;
    readonly capturedTunnelPackets: number;
  };
  readonly steps: readonly StepTime[];
}

/** What the story found out so far, for people which end cut first; a failed story leaves the rest null. */
export interface Findings extends Omit<LabReport, "schema" | "ok" | "failed"> {
  readonly cutEnds: CutEnds | null;
}

/** A cut that takes longer is a failure of the story, on a busy machine too. */
export const cutoffLimitMs = 1_000;

/** Returns the findings before anything was found. */
export function emptyFindings(rootless: boolean): Findings {
  return {
    wireguard: null,
    rootless,
    enrolMs: null,
    tunnelUpMs: null,
    firstByteMs: null,
    cutoffMs: null,
    phasesMs: null,
    cutEnds: null,
    restoreMs: null,
    leakedPackets: null,
    controls: {
      impostorAnswersWithoutGuard: false,
      flowAliveBeforeCut: false,
      capturedTunnelPackets: 0,
    },
    steps: [],
  };
}

/** The verdict: everything measured, both cuts in time, no leak, and every control true. */
export function reportOf(
  findings: Findings,
  failed?: Failure,
  limitMs: number = cutoffLimitMs,
): LabReport {
  const why = failed ?? shortfall(findings, limitMs);
  const { steps, cutEnds: _, ...rest } = findings;
  return {
    schema: "sallyport.lab/1",
    ok: why === undefined,
    ...(why === undefined ? {} : { failed: why }),
    ...rest,
    steps,
  };
}

function shortfall(findings: Findings, limitMs: number): Failure | undefined {
  const { cutoffMs, controls, leakedPackets } = findings;
  const fail = (step: string, detail: string): Failure => ({ step, code: "shortfall", detail });
  if (cutoffMs === null) return fail("cut", "no cut-off was measured");
  const slowest = Math.max(cutoffMs.tcp, cutoffMs.udp);
  if (!(slowest < limitMs)) return fail("cut", `the cut took ${slowest} ms`);
  if (leakedPackets === null) return fail("leaks", "leaks were not counted");
  if (leakedPackets !== 0) return fail("leaks", `${leakedPackets} packets left in clear`);
  if (!controls.impostorAnswersWithoutGuard) return fail("control", "the impostor did not answer");
  if (!controls.flowAliveBeforeCut) return fail("control", "the flows did not run before the cut");
  if (!(controls.capturedTunnelPackets > 0)) return fail("control", "no tunnel packet was seen");
  return undefined;
}
