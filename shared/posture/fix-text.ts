/** Chooses the fix of a signal for one machine: a command of another distribution helps nobody. */
import type { CatalogueEntry, FixText, OperatingSystem } from "./catalogue-entry.ts";
import type { Reading } from "./fact.ts";

/** Looks a signal's reading up; undefined where there is none. */
export type ReadingOf = (signal: string) => Reading | undefined;

/** Returns what a person does about the signal; of several ways the first that fits stands. */
export function fixTextOf(
  { fix }: CatalogueEntry,
  os: OperatingSystem,
  readingOf: ReadingOf,
): FixText {
  const { text, command, ways = [] } = fix[os];
  const way = ways.find(({ when }) =>
    Object.entries(when).every(([signal, wanted]) => isOneOf(readingOf(signal), wanted)),
  );
  const found = way?.command ?? command;
  return found === undefined ? { text } : { text, command: found };
}

function isOneOf(reading: Reading | undefined, wanted: readonly string[]): boolean {
  if (reading?.kind !== "known") return false;
  const { value } = reading;
  const members = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
  return members.some((member) => wanted.includes(member));
}
