/** Chooses the fix of a signal for one machine: words about another distribution help nobody. */
import type { CatalogueEntry, FixText, OperatingSystem } from "./catalogue-entry.ts";
import type { Reading } from "./fact.ts";

/** Looks a signal's reading up; undefined where there is none. */
export type ReadingOf = (signal: string) => Reading | undefined;

/** Returns what a person does about the signal; of several ways the first that fits stands. */
export function fixTextOf(
  { fix }: Pick<CatalogueEntry, "fix">,
  os: OperatingSystem,
  readingOf: ReadingOf,
): FixText {
  const way = fix[os].ways?.find(({ when }) =>
    Object.entries(when).every(([signal, wanted]) => isOneOf(readingOf(signal), wanted)),
  );
  const { text, command } = way ?? fix[os];
  return command === undefined ? { text } : { text, command };
}

function isOneOf(reading: Reading | undefined, wanted: readonly string[]): boolean {
  if (reading?.kind !== "known") return false;
  const { value } = reading;
  const members = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
  return members.some((member) => wanted.some((one) => isWithin(member, one)));
}

/** Parts of a version stand for every version that begins with them. */
function isWithin(member: string, wanted: string): boolean {
  return member === wanted || member.startsWith(`${wanted}.`);
}
