import type { ErrorRef } from "#shared/base/coded-error.ts";
import { closeCodes } from "#shared/protocol/capability.ts";
import { minuteMs } from "#shared/base/time-span.ts";

/** What the end of a connection means for the next one. */
export interface Closing {
  /** Shortest wait before the next attempt in ms; 0 leaves it to the backoff. */
  readonly waitMs: number;
  /** What people are told while there is no link; null where the next attempt will likely mend it. */
  readonly because: ErrorRef | null;
  /** The identity is no longer welcome: everything closes at once instead of running out. */
  readonly revoked: boolean;
}

/** Returns what a close code means; `error` is what a failed attempt reported. */
export function closingOf(code: number, identity: string, error: ErrorRef | null): Closing {
  switch (code) {
    case closeCodes.revoked:
      return {
        waitMs: 10 * minuteMs,
        because: { code: "SP-203", params: { identity } },
        revoked: true,
      };
    case closeCodes.updateNeeded:
      return {
        waitMs: 15 * minuteMs,
        because: error ?? { code: "SP-150", params: { minVersion: "a newer one" } },
        revoked: false,
      };
    case closeCodes.replaced:
      // Two holders of one identity would otherwise throw each other out in turns.
      return {
        waitMs: minuteMs,
        because: { code: "SP-210", params: { identity } },
        revoked: false,
      };
    case closeCodes.draining:
      // Also said where the store is full: thousands of devices must not come back at once.
      return { waitMs: 2_000, because: error, revoked: false };
    case closeCodes.rate:
      return { waitMs: 5_000, because: error, revoked: false };
    default:
      return { waitMs: 0, because: error, revoked: false };
  }
}
