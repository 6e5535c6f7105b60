/** Fetches the files of a repository: a slow line has its time, a server that drips does not have ours. */
import { BaseFetcher } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import { minuteMs } from "#shared/base/time-span.ts";

/** How long one look may take, and what has to come in each window of it. */
export interface Patience {
  readonly lookMs: number;
  readonly windowMs: number;
  readonly windowBytes: number;
}

/** A package of 35 MB passes a line of 128 kbit/s; less than 4 KiB/s over a minute is no line. */
export const patience: Patience = {
  lookMs: 45 * minuteMs,
  windowMs: minuteMs,
  windowBytes: 240 * 1024,
};

/** One look's requests; all of them share its deadline. */
export class PatientFetcher extends BaseFetcher {
  readonly #patience: Patience;
  readonly #end: AbortSignal;

  constructor(limits: Patience) {
    super();
    this.#patience = limits;
    this.#end = AbortSignal.timeout(limits.lookMs);
  }

  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { windowMs, windowBytes } = this.#patience;
    const dripping = new AbortController();
    let bytes = 0;
    const watch = setInterval(() => {
      if (bytes < windowBytes)
        dripping.abort(new Error(`slower than ${windowBytes} bytes a window`));
      bytes = 0;
    }, windowMs);
    const stop = () => clearInterval(watch);
    try {
      const signal = AbortSignal.any([this.#end, dripping.signal]);
      signal.addEventListener("abort", stop, { once: true });
      const { ok, body, status } = await fetch(url, { signal });
      if (!ok || body === null) throw new DownloadHTTPError("failed to download", status);
      return body.pipeThrough(
        new TransformStream({
          transform: (part, sink) => {
            bytes += part.length;
            sink.enqueue(part);
          },
          flush: stop,
          cancel: stop,
        }),
      );
    } catch (error) {
      stop();
      throw error;
    }
  }
}
