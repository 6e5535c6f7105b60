import type { ErrorEntry } from "./error-entry.ts";
import { type ErrorCode, errorTable } from "./errors.ts";

/** Names a failure on the wire and in answers; `params` fill the templates of the table. */
export interface ErrorRef {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

/** Schema name of a failure that a command line tells as data: `{ error }`. */
export const failureSchema = "sallyport.error/1";

/** Returns a template of the table with its `{name}`s filled; an unknown name stays visible. */
function fillTemplate(template: string, params: ErrorRef["params"]): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Returns the entry of a code with detail and fix filled in. */
export function describeError(error: ErrorRef): ErrorEntry {
  const entry: ErrorEntry = errorTable[error.code];
  return {
    ...entry,
    detail: fillTemplate(entry.detail, error.params),
    fix: fillTemplate(entry.fix, error.params),
  };
}

/** A failure with a stable code; the message is code plus filled detail, `cause` keeps the origin. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorRef["params"];

  constructor(code: ErrorCode, params: ErrorRef["params"] = {}, options: ErrorOptions = {}) {
    super(`${code} ${fillTemplate(errorTable[code].detail, params)}`, options);
    this.name = "CodedError";
    this.code = code;
    this.params = params;
  }
}
