import type { Place } from "../place.ts";
import type { Input } from "../input.ts";

/** Codes of findings, `SP-6nn` of the error table, shown as `W6nn`. */
export type FindingCode =
  | "SP-620"
  | "SP-621"
  | "SP-622"
  | "SP-623"
  | "SP-624"
  | "SP-625"
  | "SP-626"
  | "SP-627"
  | "SP-628"
  | "SP-629";

/** One finding; `example` is a request that shows it, where the finding is about a policy. */
export interface Finding {
  readonly code: FindingCode;
  readonly at: Place;
  readonly policy?: string | undefined;
  readonly why: string;
  readonly example?: Input | undefined;
}

/** Returns `file:line:column: W6nn why`. */
export function formatFinding({ code, at, why }: Finding): string {
  return `${at.file}:${at.line}:${at.column}: ${code.replace("SP-", "W")} ${why}`;
}
