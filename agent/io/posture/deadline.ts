/** Bounds waiting; what is late fails with `code: "timeout"`. */

/** Tells that something took too long. */
class TimeoutError extends Error {
  readonly code = "timeout";

  constructor(afterMs: number) {
    super(`no answer within ${afterMs} ms`);
    this.name = "TimeoutError";
  }
}

/** Settles as the work does, or rejects with `TimeoutError`; the work itself is not stopped. */
export async function withDeadline<T>(work: Promise<T>, afterMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TimeoutError(afterMs));
    }, afterMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
