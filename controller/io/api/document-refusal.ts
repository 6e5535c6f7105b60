import { CodedError } from "#shared/base/coded-error.ts";
import { type DocumentError, formatDocumentError } from "#shared/policy/document-error.ts";

const errorsMax = 50;

/** Documents that were refused: coded as their first error, with all of them as lines. */
export class DocumentRefusal extends CodedError {
  readonly lines: readonly string[];

  constructor(errors: readonly DocumentError[]) {
    const [first] = errors;
    const at = first === undefined ? "" : `${first.at.file}:${first.at.line}:${first.at.column}`;
    const hint = first?.hint === undefined ? "" : `; did you mean \`${first.hint}\`?`;
    super(first?.code ?? "SP-601", { at, why: `${first?.why ?? "no document"}${hint}` });
    this.lines = errors.slice(0, errorsMax).map(formatDocumentError);
  }
}
