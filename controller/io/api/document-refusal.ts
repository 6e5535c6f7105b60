import { CodedError } from "#shared/base/coded-error.ts";
import type { ErrorCode } from "#shared/base/errors.ts";
import { type DocumentError, formatDocumentError } from "#shared/policy/document-error.ts";

const linesMax = 50;

/** A refusal with more to say than one sentence; at most 50 lines are kept. */
export class LinedRefusal extends CodedError {
  readonly lines: readonly string[];

  constructor(code: ErrorCode, params: CodedError["params"], lines: readonly string[]) {
    super(code, params);
    this.lines = lines.slice(0, linesMax);
  }
}

/** Returns the refusal of documents: coded as their first error, with all of them as lines. */
export function documentRefusal(errors: readonly DocumentError[]): LinedRefusal {
  const [first] = errors;
  const at = first === undefined ? "" : `${first.at.file}:${first.at.line}:${first.at.column}`;
  const hint = first?.hint === undefined ? "" : `; did you mean \`${first.hint}\`?`;
  const params = { at, why: `${first?.why ?? "no document"}${hint}` };
  return new LinedRefusal(first?.code ?? "SP-601", params, errors.map(formatDocumentError));
}
