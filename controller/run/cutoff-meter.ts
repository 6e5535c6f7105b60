/** Measures a cut-off from the report that caused it to the gateway's answer (sallyport_cutoff_seconds). */
import type { Metrics } from "../ports.ts";

/** A cut under way at one gateway; times on the monotonic clock, in ms. */
interface Cut {
  readonly uplinkMs: number;
  readonly receivedAtMs: number;
  readonly sentAtMs: number;
}

const cutsMax = 10_000;

/** Remembers cuts until their gateways answer. */
export interface CutoffMeter {
  /** A removal numbered `ref` went out on `link` because of a report. */
  sent(link: number, ref: string, cut: Cut & { readonly decidedAtMs: number }): void;
  /** The gateway applied it. */
  applied(link: number, ref: string, at: { readonly nowMs: number; readonly tookMs: number }): void;
}

/** Returns a meter over the metrics registry. */
export function makeCutoffMeter(metrics: Metrics): CutoffMeter {
  const cuts = new Map<string, Cut>();
  const observe = (phase: string, ms: number) => {
    metrics.observe("sallyport_cutoff_seconds", { phase }, Math.max(ms, 0) / 1000);
  };
  return {
    sent(link, ref, { decidedAtMs, ...cut }) {
      observe("uplink", cut.uplinkMs);
      observe("decide", decidedAtMs - cut.receivedAtMs);
      if (cuts.size < cutsMax) cuts.set(`${link} ${ref}`, cut);
    },
    applied(link, ref, { nowMs, tookMs }) {
      const key = `${link} ${ref}`;
      const cut = cuts.get(key);
      if (cut === undefined) return;
      cuts.delete(key);
      observe("push", nowMs - cut.sentAtMs - tookMs);
      observe("apply", tookMs);
      observe("total", cut.uplinkMs + nowMs - cut.receivedAtMs);
    },
  };
}
