import type { Place } from "./place.ts";

/** Codes of what can be wrong with documents; `SP-6nn` of the error table, shown as `E6nn`. */
export type DocumentErrorCode =
  | "SP-601"
  | "SP-602"
  | "SP-603"
  | "SP-604"
  | "SP-605"
  | "SP-606"
  | "SP-607"
  | "SP-608"
  | "SP-609"
  | "SP-610"
  | "SP-611";

/** One thing wrong with a document; `hint` is the nearest name that would have been right. */
export interface DocumentError {
  readonly code: DocumentErrorCode;
  readonly at: Place;
  readonly why: string;
  readonly hint?: string | undefined;
}

/** Returns `file:line:column: E6nn why; did you mean …?`. */
export function formatDocumentError(error: DocumentError): string {
  const { file, line, column } = error.at;
  const hint = error.hint === undefined ? "" : `; did you mean \`${error.hint}\`?`;
  return `${file}:${line}:${column}: ${error.code.replace("SP-", "E")} ${error.why}${hint}`;
}
