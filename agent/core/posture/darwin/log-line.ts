/** Reads lines of `log stream --style ndjson`. */

/** Whether a line is an entry of the wanted subsystem; the first line is none, and says so in words. */
export function isEntryOf(subsystem: string, line: string): boolean {
  try {
    const entry: unknown = JSON.parse(line);
    return (
      typeof entry === "object" &&
      entry !== null &&
      "subsystem" in entry &&
      entry.subsystem === subsystem
    );
  } catch {
    return false;
  }
}
