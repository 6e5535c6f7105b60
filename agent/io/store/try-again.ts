/** Pacing of what a full disk refused. */

const firstMs = 2_000;
const waitMaxMs = 60_000;

/** Calls back once after a time and returns what calls it off. */
export type Wait = (ms: number, end: () => void) => () => void;

/** Attempts under way. */
export interface Again {
  /** Has it attempted in a while; what is under way stays so. */
  soon(): void;
  /** Calls it off; the next waits the least time again. */
  stop(): void;
}

/** Attempts until it returns true: first after 2 s, then after twice as long each time, at most a minute. */
export function tryAgain(attempt: () => boolean, wait: Wait = timer): Again {
  let nextMs = firstMs;
  let callOff: (() => void) | null = null;
  const stop = (): void => {
    callOff?.();
    callOff = null;
    nextMs = firstMs;
  };
  const soon = (): void => {
    callOff ??= wait(nextMs, () => {
      callOff = null;
      nextMs = Math.min(nextMs * 2, waitMaxMs);
      if (attempt()) stop();
      else soon();
    });
  };
  return { soon, stop };
}

/** Keeps no process alive. */
function timer(ms: number, end: () => void): () => void {
  const handle = setTimeout(end, ms).unref();
  return () => clearTimeout(handle);
}
