/** Data goes to stdout, talk to stderr. Whatever came from elsewhere is cleaned before it is shown. */
import {
  CodedError,
  describeError,
  type ErrorRef,
  failureSchema,
} from "#shared/base/coded-error.ts";
import { errorTable } from "#shared/base/errors.ts";
import { plainText } from "#shared/base/plain-text.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";

/** Writes one line of data. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes one line of talk. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes data as one JSON line. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** Returns text without controls and signs that turn its direction, so that it can steer neither a terminal nor a panel. */
export function cleaned(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    "\u{fffd}",
  );
}

/** Returns a sentence for people: cleaned, its code without backticks. */
export function prose(text: string): string {
  return plainText(cleaned(text));
}

/** When text is made bold: `auto` on a terminal that nobody asked to be spared. */
export const emphases = ["never", "auto", "always"] as const;

let emphasis: (typeof emphases)[number] = "auto";

/** Sets it for this run of the program. */
export function setEmphasis(wanted: (typeof emphases)[number]): void {
  emphasis = wanted;
}

/** Returns text in bold where that is wanted. */
export function bold(text: string): string {
  const spared =
    !process.stdout.isTTY ||
    process.env["TERM"] === "dumb" ||
    (process.env["NO_COLOR"] ?? "") !== "";
  const plain = emphasis === "auto" ? spared : emphasis === "never";
  return plain ? text : `\u001b[1m${text}\u001b[0m`;
}

/** Writes a failure as data. */
export function printFailure({ code, params }: ErrorRef): void {
  const { slug, title, detail, fix } = describeError({ code, params });
  printJson({ schema: failureSchema, error: { code, slug, title, detail, fix, params } });
}

/** Says that standard output takes nothing; returns an exit code that nobody takes for an answer. */
export function failUnwritten(error: NodeJS.ErrnoException): number {
  fail(Object.assign(error, { path: "standard output" }), false);
  return errorTable["SP-901"].exit;
}

/** Says a failure (what, why, what to do, code) and returns its exit code. */
export function fail(error: unknown, json: boolean): number {
  const why = error instanceof Error ? error.message : String(error);
  const file = (error as NodeJS.ErrnoException | null)?.path ?? "?";
  const unknown = fileErrorOf(error, file) ?? ({ code: "SP-901", params: { why } } as const);
  const coded = error instanceof CodedError ? error : unknown;
  const { code, params } = coded;
  const entry = describeError({ code, params });
  if (json) printFailure({ code, params });
  talk(`${cleaned(entry.title)}: ${prose(entry.detail)} (${code})`);
  talk(`  ${prose(entry.fix)}`);
  return entry.exit;
}
