/** Measures a cut-off from the report that caused it to the gateway's kernel (sallyport_cutoff_seconds). */
import type { Metrics } from "../ports/metrics.ts";
import { makeWayThere, type WayThere } from "./way-there.ts";

/** A cut under way at one gateway; times on the monotonic clock, in ms. */
interface Cut {
  /** Whose report it was. */
  readonly device: string;
  readonly uplinkMs: number;
  readonly receivedAtMs: number;
  readonly decidedAtMs: number;
}

/** The gateway's answer: when it came, and how long the gateway had it, of that since the commit. */
interface CutAnswer {
  readonly nowMs: number;
  readonly tookMs: number;
  readonly kernelAtAgeMs: number;
  /** The gateway's clock when it answered; absent where the agent does not tell it. */
  readonly clockMs: number | undefined;
}

interface Sent {
  readonly sentAtMs: number;
  readonly cut: Cut | null;
  /** Grants that it took away or made narrower. */
  readonly removed?: number;
}

/** A message that took grants away or made them narrower. */
interface Removal {
  readonly link: number;
  readonly ref: string;
  readonly removed: number;
}

/** What a report ended, and how long after the posture turned it was gone from the gateway's kernel. */
export interface DeviceCut {
  readonly device: string;
  readonly tookMs: number;
}

/** Who is told of removals as they are sent, as they are confirmed so long after, and of whole cuts. */
export interface RemovalListener {
  sent(removal: Removal): void;
  confirmed(removal: Removal & { readonly tookMs: number }): void;
  cut(cut: DeviceCut): void;
}

interface LinkMeter {
  readonly way: WayThere;
  readonly sent: Map<string, Sent>;
}

const sentMax = 1_000;

/** Remembers what went out until the gateways answer. */
export interface CutoffMeter {
  /** Grants numbered `ref` went out on `link`; `cut` where they removed because of a report. */
  sent(link: number, ref: string, sent: Sent): void;
  /** A message of the link's agent came, written at `clockMs` by its own clock. */
  heard(link: number, nowMs: number, clockMs: number): void;
  /** The gateway applied it. */
  applied(link: number, ref: string, answer: CutAnswer): void;
  forget(link: number): void;
}

/** Returns a meter over the metrics registry. */
export function makeCutoffMeter(metrics: Metrics, removals?: RemovalListener): CutoffMeter {
  const links = new Map<number, LinkMeter>();
  const observe = (phase: string, ms: number) => {
    metrics.observe("sallyport_cutoff_seconds", { phase }, Math.max(ms, 0) / 1000);
  };
  const meterOf = (link: number): LinkMeter => {
    const known = links.get(link);
    if (known !== undefined) return known;
    const made = { way: makeWayThere(), sent: new Map<string, Sent>() };
    links.set(link, made);
    return made;
  };
  return {
    sent(link, ref, sent) {
      const { cut, removed = 0 } = sent;
      if (cut !== null) {
        observe("uplink", cut.uplinkMs);
        observe("decide", cut.decidedAtMs - cut.receivedAtMs);
      }
      const meter = meterOf(link);
      if (meter.sent.size >= sentMax) return;
      meter.sent.set(ref, sent);
      if (removed > 0) removals?.sent({ link, ref, removed });
    },
    heard: (link, nowMs, clockMs) => meterOf(link).way.heard(nowMs, clockMs),
    applied(link, ref, { nowMs, tookMs, kernelAtAgeMs, clockMs }) {
      const meter = links.get(link);
      const sent = meter?.sent.get(ref);
      if (meter === undefined || sent === undefined) return;
      meter.sent.delete(ref);
      const { removed = 0, sentAtMs } = sent;
      if (removed > 0) removals?.confirmed({ link, ref, removed, tookMs: nowMs - sentAtMs });
      const applyMs = Math.max(tookMs - kernelAtAgeMs, 0);
      if (sent.cut !== null) observe("apply", applyMs);
      if (clockMs === undefined) return;
      meter.way.heard(nowMs, clockMs);
      const wayMs = meter.way.tookMs(sent.sentAtMs, clockMs - tookMs);
      if (sent.cut === null || wayMs === null) return;
      const { device, uplinkMs, receivedAtMs, decidedAtMs } = sent.cut;
      const pushMs = sent.sentAtMs - decidedAtMs + wayMs;
      observe("push", pushMs);
      const totalMs = Math.max(uplinkMs + decidedAtMs - receivedAtMs + pushMs + applyMs, 0);
      observe("total", totalMs);
      removals?.cut({ device, tookMs: totalMs });
    },
    forget: (link) => void links.delete(link),
  };
}
