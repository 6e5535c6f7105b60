/** A controller started on a full or read-only disk: it lives, says so, and serves as soon as it can write. */
import { CodedError } from "#shared/base/coded-error.ts";
import { isDiskAway } from "#shared/base/file-error.ts";

const firstPauseMs = 2_000;
const pauseMaxMs = 10_000;

/** What waiting for room takes. */
export interface RoomWait {
  /** Called once, when it first stands in. */
  told(error: CodedError): Promise<void>;
  /** Answers for what cannot start, until the returned function is called. */
  standIn(error: CodedError): Promise<() => Promise<void>>;
  /** Tells whether a start is worth trying: it takes the ports from what stands in. */
  hasRoom(): Promise<boolean>;
  /** Resolves after a time, at once to false when there is nothing to wait for any more. */
  pause(ms: number): Promise<boolean>;
}

/**
 * Starts, and after SP-404 or SP-414 again where there is room: in 2 s, then after twice as long each time, at
 * most ten seconds. Null where the wait was called off.
 */
export async function startWithRoom<T>(start: () => Promise<T>, wait: RoomWait): Promise<T | null> {
  let pauseMs = firstPauseMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof CodedError) || !isDiskAway(error)) throw error;
      const close = await wait.standIn(error);
      if (pauseMs === firstPauseMs) await wait.told(error);
      let goOn = true;
      do {
        goOn = await wait.pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
      } while (goOn && !(await wait.hasRoom()));
      await close();
      if (!goOn) return null;
    }
  }
}
