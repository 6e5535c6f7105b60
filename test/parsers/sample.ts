// What a parser of foreign output is tried with.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { entryOf } from "#shared/posture/catalogue.ts";
import { conformReading } from "#shared/posture/conform.ts";
import type { Reading } from "#shared/posture/fact.ts";
import { parseAnswer } from "../../agent/core/posture/windows/answer.ts";

/** One parser: from a text to the reading of a signal that a policy would look at. */
export interface ParserSample {
  readonly name: string;
  readonly read: (text: string) => Reading;
  /** Whether a policy that wants this in order would be content. */
  readonly passes: (reading: Reading) => boolean;
  readonly good: string;
  readonly bad: string;
  /** The text says itself where it ends, so that a cut one is told from a whole one. */
  readonly delimited: boolean;
  /** Texts so short that noise may be one of them. */
  readonly genuine?: RegExp;
}

/** Returns a recorded output of `test/fixtures/posture`. */
export const fixture = (path: string) =>
  readFileSync(join(import.meta.dirname, "../fixtures/posture", path), "utf8");
/** Returns the reading of a value. */
export const known = (value: boolean | number | string | readonly string[]): Reading => ({
  kind: "known",
  value,
});
/** The reading of what could not be read. */
export const parse: Reading = { kind: "unknown", reason: "parse" };
/** Returns the reading of what a parser gave, null being a refusal. */
export const orParse = <T>(value: T | null, reading: (value: T) => Reading): Reading =>
  value === null ? parse : reading(value);
/** Content with yes alone. */
export const isTrue = (reading: Reading) => reading.kind === "known" && reading.value === true;
/** Content with no alone. */
export const isFalse = (reading: Reading) => reading.kind === "known" && reading.value === false;
/** Content with a count of none. */
export const isZero = (reading: Reading) => reading.kind === "known" && reading.value === 0;
/** Parsers whose every value is a plain fact pass nothing. */
export const never = () => false;

type Shape = Partial<Pick<ParserSample, "passes" | "bad" | "delimited" | "genuine">>;

/** Returns a sample named `SIGNAL by TOOL`, held to the catalogue's entry of the signal. */
export function sample(
  name: string,
  read: (text: string) => Reading,
  good: string,
  { passes = isTrue, bad = "", delimited = false, ...more }: Shape = {},
): ParserSample {
  const entry = entryOf(name.split(" ")[0] ?? "");
  if (entry === undefined) throw new Error(`no signal: ${name}`);
  const held = (text: string) => conformReading(entry, read(text));
  return { name, read: held, passes, good, bad, delimited, ...more };
}

/** Returns a property list of one dictionary. */
export const plist = (body: string) => `<plist version="1.0"><dict>${body}</dict></plist>\n`;
/** Reads what Windows answers as JSON. */
export const json = (read: (answer: unknown) => Reading) => (text: string) =>
  read(parseAnswer(text));
/** The time of all samples, in ms. */
export const nowAt = Date.UTC(2026, 10, 22);
/** Its day, as products write it. */
export const today = "2026-11-22";
/** Turns the health of a product into the reading of `edr.healthy`. */
export const health =
  <Source>(read: (source: Source) => { readonly kind: string }) =>
  (source: Source) => {
    const { kind } = read(source);
    return kind === "unknown"
      ? ({ kind: "unknown", reason: "no_data" } as const)
      : known(kind === "healthy");
  };
