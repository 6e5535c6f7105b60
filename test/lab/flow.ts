// The payload of the lab's long-lived flows: both ends send small records, usually every millisecond, and
// note when the other's records arrive.
import { monotonicMs } from "./clock.ts";
import { patience } from "./patience.ts";

/** Times are CLOCK_MONOTONIC milliseconds; `lastAtMs` is null before the first record. */
export interface Arrivals {
  readonly count: number;
  readonly lastAtMs: number | null;
  /** Between two records that followed each other. */
  readonly longestGapMs: number;
  /** When the youngest datagram that arrived had been sent; null before one. */
  readonly youngestSentAtMs: number | null;
}

/** What arrived at one end of the flows to a host. */
export interface FlowReport {
  readonly tcp: Arrivals;
  readonly udp: Arrivals;
  /** When the own kernel began to refuse records, and did not take one again since; else null. */
  readonly refusedAtMs?: number | null;
}

/** How often each end sends unless asked otherwise. */
export const usualEveryMs = patience(1);
const atOnceMax = 20;
const recordBytes = 16;

/** Ports and path of the resource that the lab's policy names. */
export const wiki = { tcpPort: 8080, udpPort: 9000, streamPath: "/stream" } as const;

/** Tells the other end of a TCP flow how often to send. */
export const everyMsHeader = "x-every-ms";

/** Notes arrivals; a record is whatever one read or one datagram brings. */
export class ArrivalClock {
  #count = 0;
  #lastAtMs: number | null = null;
  #longestGapMs = 0;
  #youngestSentAtMs: number | null = null;

  /** A datagram is one record and says when it was sent; a stream's reads do not keep to records. */
  noteDatagram(record: Buffer): void {
    this.note();
    if (record.length !== recordBytes) return;
    this.#youngestSentAtMs = Math.max(this.#youngestSentAtMs ?? 0, record.readDoubleBE(0));
  }

  note(): void {
    const atMs = monotonicMs();
    this.#count += 1;
    this.#longestGapMs = Math.max(this.#longestGapMs, atMs - (this.#lastAtMs ?? atMs));
    this.#lastAtMs = atMs;
  }

  read(): Arrivals {
    return {
      count: this.#count,
      lastAtMs: this.#lastAtMs,
      longestGapMs: this.#longestGapMs,
      youngestSentAtMs: this.#youngestSentAtMs,
    };
  }
}

/**
 * Sends one record for every `everyMs` that passed, until the returned function is called; `send`
 * decides itself to skip when it is full. A late timer catches up, so that the rate is kept.
 */
export function sendRegularly(
  send: (record: Buffer) => void,
  everyMs: number = usualEveryMs,
): () => void {
  const startedAtMs = monotonicMs();
  let sequence = 0;
  const timer = setInterval(() => {
    const due = Math.floor((monotonicMs() - startedAtMs) / everyMs);
    sequence = Math.max(sequence, due - atOnceMax);
    for (; sequence < due; sequence += 1) {
      const record = Buffer.alloc(recordBytes);
      record.writeDoubleBE(monotonicMs(), 0);
      record.writeUInt32BE(sequence, 8);
      send(record);
    }
  }, everyMs);
  return () => clearInterval(timer);
}

/** What a full socket keeps back: a cut flow must not fill the memory of its sender. */
export const unsentBytesMax = 64 * 1024;
