/** Data on stdout, talk on stderr; with `--json` exactly one object on stdout, also on failure. */
import { CodedError, describeError, failureSchema } from "#shared/base/coded-error.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";
import { ApiProblem, type Failure } from "./api-problem.ts";
import { steering } from "./table.ts";

/** Where a command writes. */
export interface Streams {
  out(text: string): void;
  talk(text: string): void;
  /** Whether talk reaches a terminal, where a line may be written over. */
  readonly terminal?: boolean;
}

/** What a command answers: JSON under a schema name, and the same as text for people. */
export interface Answer {
  readonly schema: string;
  readonly data: object;
  readonly text: string;
  /** A next step or a warning, for stderr. */
  readonly note?: string | undefined;
  /** Exit code of an answer that is a no; 0 otherwise. */
  readonly exit?: number | undefined;
}

/** Writes an answer. */
export function writeAnswer(streams: Streams, answer: Answer, json: boolean): void {
  if (json) streams.out(jsonLine({ schema: answer.schema, ...answer.data }));
  else if (answer.text !== "") streams.out(`${plainLines(answer.text)}\n`);
  if (answer.note !== undefined && !json) streams.talk(`${plainLines(answer.note)}\n`);
}

/** Writes a failure with its next step; returns the exit code of the error table. */
export function writeFailure(streams: Streams, error: unknown, json: boolean): number {
  const failure = failureOf(error);
  const { code, title, detail, fix, lines, exit } = failure;
  const more = lines.length > 0 ? lines : [detail];
  if (json) {
    const { slug, params } = failure;
    const shown = { code, slug, title, detail: more.join("\n"), fix, params };
    streams.out(jsonLine({ schema: failureSchema, error: shown }));
  }
  const told = `${code} ${title}\n${more.map((line) => `  ${line}\n`).join("")}`;
  streams.talk(plainLines(fix === "" ? told : `${told}  What to do: ${fix}\n`));
  return exit;
}

/** Returns a value as one line of JSON; what would steer a terminal is escaped. */
export function jsonLine(value: object): string {
  const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value).replace(steering, escaped)}\n`;
}

/** Names and texts come from directories, devices and files: none of them may steer a terminal. */
function plainLines(text: string): string {
  return text.replace(/\r(?=\n)/g, "").replace(steering, "?");
}

function failureOf(error: unknown): Failure {
  if (error instanceof ApiProblem) return error.failure;
  const why = error instanceof Error ? error.message : String(error);
  const file = (error as NodeJS.ErrnoException | null)?.path ?? "?";
  const unknown = fileErrorOf(error, file) ?? { code: "SP-901", params: { why } };
  const coded = error instanceof CodedError ? error : unknown;
  const { slug, title, detail, fix, exit } = describeError(coded);
  const { code, params } = coded;
  return { code, slug, title, detail, fix, params, lines: [], exit };
}
