/**
 * How long messages take to a gateway, though no clock is shared with it. Its monotonic clock and ours
 * differ by a constant; the fastest message each way bounds that constant from both sides, and the
 * middle is taken (as NTP does). What slows a single message in one direction only is therefore
 * counted there and nowhere else.
 */

/** Drift of two clocks within this many samples is far below a millisecond. */
const samplesMax = 32;

/** The fastest ways seen lately, each as difference of the two clocks. */
export interface WayThere {
  /** A message of the gateway came, written at `theirMs` by its clock. */
  heard(oursMs: number, theirMs: number): void;
  /** Returns how long a message of ours took that the gateway had at `theirMs`; null while nothing is known. */
  tookMs(sentMs: number, theirMs: number): number | null;
}

/** Returns a measure that knows nothing yet. */
export function makeWayThere(): WayThere {
  const up: number[] = [];
  const down: number[] = [];
  return {
    heard: (oursMs, theirMs) => keep(up, oursMs - theirMs),
    tookMs(sentMs, theirMs) {
      keep(down, theirMs - sentMs);
      if (up.length === 0) return null;
      const offsetMs = (Math.min(...up) - Math.min(...down)) / 2;
      return Math.max(theirMs + offsetMs - sentMs, 0);
    },
  };
}

function keep(samples: number[], differenceMs: number): void {
  samples.push(differenceMs);
  if (samples.length > samplesMax) samples.shift();
}
