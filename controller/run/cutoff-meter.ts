/**
 * Measures a cut-off from the report that caused it to the gateway's kernel (sallyport_cutoff_seconds).
 * No clock is shared with the gateway: of the round trip that its own time leaves, half is the way there.
 */
import type { Metrics } from "../ports.ts";

/** A cut under way at one gateway; times on the monotonic clock, in ms. */
interface Cut {
  readonly uplinkMs: number;
  readonly receivedAtMs: number;
  readonly decidedAtMs: number;
  readonly sentAtMs: number;
}

/** The gateway's answer: when it came, and how long the gateway had it, of that since the commit. */
interface CutAnswer {
  readonly nowMs: number;
  readonly tookMs: number;
  readonly kernelAtAgeMs: number;
}

const cutsMax = 10_000;

/** Remembers cuts until their gateways answer. */
export interface CutoffMeter {
  /** A removal numbered `ref` went out on `link` because of a report. */
  sent(link: number, ref: string, cut: Cut): void;
  /** The gateway applied it. */
  applied(link: number, ref: string, answer: CutAnswer): void;
}

/** Returns a meter over the metrics registry. */
export function makeCutoffMeter(metrics: Metrics): CutoffMeter {
  const cuts = new Map<string, Cut>();
  const observe = (phase: string, ms: number) => {
    metrics.observe("sallyport_cutoff_seconds", { phase }, Math.max(ms, 0) / 1000);
  };
  return {
    sent(link, ref, cut) {
      observe("uplink", cut.uplinkMs);
      observe("decide", cut.decidedAtMs - cut.receivedAtMs);
      if (cuts.size < cutsMax) cuts.set(`${link} ${ref}`, cut);
    },
    applied(link, ref, { nowMs, tookMs, kernelAtAgeMs }) {
      const key = `${link} ${ref}`;
      const cut = cuts.get(key);
      if (cut === undefined) return;
      cuts.delete(key);
      const wayMs = Math.max(nowMs - cut.sentAtMs - tookMs, 0) / 2;
      const pushMs = cut.sentAtMs - cut.decidedAtMs + wayMs;
      const applyMs = Math.max(tookMs - kernelAtAgeMs, 0);
      observe("push", pushMs);
      observe("apply", applyMs);
      observe("total", cut.uplinkMs + cut.decidedAtMs - cut.receivedAtMs + pushMs + applyMs);
    },
  };
}
