import { CodedError } from "#shared/base/coded-error.ts";

/** Returns the failure (SP-108) of reading a file that somebody named; `-` is stdin. */
export function unreadable(file: string, cause: unknown): CodedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodedError("SP-108", { file, why }, { cause });
}
