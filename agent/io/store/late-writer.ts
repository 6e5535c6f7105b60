import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import { tryAgain, type Wait } from "./try-again.ts";

/** Hears of the failure of a write, and (null) of its end. */
export type Told = (error: ErrorRef | null) => void;

/**
 * Returns a function that writes now or, where that fails, as soon as the disk takes it; of several
 * contents the newest counts. It never throws.
 */
export function lateWriter<T>(
  write: (content: T) => void,
  told: Told,
  wait?: Wait,
): (content: T) => void {
  let waiting: { readonly content: T } | null = null;
  const attempt = (): boolean => {
    if (waiting === null) return true;
    try {
      write(waiting.content);
    } catch (error) {
      told(failureOf(error));
      return false;
    }
    waiting = null;
    told(null);
    return true;
  };
  const again = tryAgain(attempt, wait);
  return (content) => {
    waiting = { content };
    if (attempt()) again.stop();
    else again.soon();
  };
}

function failureOf(error: unknown): ErrorRef {
  const why = error instanceof Error ? error.message : String(error);
  const { code, params } = error instanceof CodedError ? error : new CodedError("SP-901", { why });
  return { code, params };
}
