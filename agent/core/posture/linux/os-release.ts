/** Reads `/etc/os-release` (os-release(5)) without running it as shell. */

const line = /^([A-Z][A-Z0-9_]*)=(.*)$/;

/** Returns the assignments of the text; later ones win, malformed lines are skipped. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const raw of text.split("\n")) {
    const match = line.exec(raw.trim());
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const value = unquote(match[2]);
    if (value !== null) values.set(match[1], value);
  }
  return values;
}

function unquote(text: string): string | null {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return /\s/.test(text) ? null : text;
  if (text.length < 2 || !text.endsWith(quote)) return null;
  const inner = text.slice(1, -1);
  return quote === "'" ? inner : inner.replace(/\\(["$`\\])/g, "$1");
}
