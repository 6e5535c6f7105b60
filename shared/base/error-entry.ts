/** Level at which a failure is logged; `error` means that we are broken and fails a test. */
export type ErrorLogLevel = "info" | "warn" | "error";

/** One row of the error table: what happened (`detail`) and what to do (`fix`), as templates with `{name}`. */
export interface ErrorEntry {
  readonly slug: string;
  readonly http?: number;
  readonly exit: number;
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
  readonly log: ErrorLogLevel;
}

/** Makes a row: slug, exit code, texts; logged as `warn` unless said otherwise. */
export function row(
  slug: string,
  exit: number,
  text: readonly [title: string, detail: string, fix: string],
  more: { http?: number; log?: ErrorLogLevel } = {},
): ErrorEntry {
  const [title, detail, fix] = text;
  return { slug, exit, title, detail, fix, log: "warn", ...more };
}
