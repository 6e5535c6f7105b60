/** Reads XML property lists, as `plutil -convert xml1` prints them. */

/** A property list value; dates and data stay text, since only the reader knows what they mean. */
export type Plist =
  boolean | number | string | readonly Plist[] | { readonly [key: string]: Plist };

const token =
  /<(\/?)(plist|dict|array|key|string|integer|real|date|data|true|false)\b[^>]*?(\/?)>([^<]*)/gu;
/** Deeper than any property list we read. */
const deepest = 64;

interface Cursor {
  readonly tokens: readonly RegExpExecArray[];
  at: number;
}

/** Returns the value of a property list, or null when the text is none or is cut. */
export function parsePlist(text: string): Plist | null {
  const body = text.replace(/<\?[^>]*\?>|<!DOCTYPE[^>]*>|<!--[^]*?-->/gu, "");
  if (!/<\/plist>\s*$/u.test(body)) return null;
  const cursor: Cursor = { tokens: [...body.matchAll(token)], at: 0 };
  if (!opens(cursor, "plist")) return null;
  return readValue(cursor, 0) ?? null;
}

function opens(cursor: Cursor, name: string): boolean {
  const next = cursor.tokens[cursor.at];
  if (next?.[1] !== "" || next[2] !== name) return false;
  cursor.at++;
  return true;
}

function closes(cursor: Cursor, name: string): boolean {
  const next = cursor.tokens[cursor.at];
  if (next?.[1] !== "/" || next[2] !== name) return false;
  cursor.at++;
  return true;
}

function readValue(cursor: Cursor, depth: number): Plist | undefined {
  const next = cursor.tokens[cursor.at];
  if (next === undefined || next[1] !== "" || depth > deepest) return undefined;
  const [, , name = "", empty, text = ""] = next;
  cursor.at++;
  if (name === "true" || name === "false") {
    if (empty !== "/" && !closes(cursor, name)) return undefined;
    return name === "true";
  }
  if (name === "dict") return empty === "/" ? {} : readDict(cursor, depth);
  if (name === "array") return empty === "/" ? [] : readArray(cursor, depth);
  if (empty === "/") return "";
  if (!closes(cursor, name)) return undefined;
  if (name !== "integer" && name !== "real") return unescape(text).trim();
  const number = Number(text.trim());
  return Number.isFinite(number) ? number : undefined;
}

function readDict(cursor: Cursor, depth: number): Plist | undefined {
  const members: [string, Plist][] = [];
  while (!closes(cursor, "dict")) {
    const key = cursor.tokens[cursor.at]?.[4];
    if (!opens(cursor, "key") || key === undefined || !closes(cursor, "key")) return undefined;
    const value = readValue(cursor, depth + 1);
    if (value === undefined) return undefined;
    members.push([unescape(key), value]);
  }
  return Object.fromEntries(members);
}

function readArray(cursor: Cursor, depth: number): Plist | undefined {
  const members: Plist[] = [];
  while (!closes(cursor, "array")) {
    const value = readValue(cursor, depth + 1);
    if (value === undefined) return undefined;
    members.push(value);
  }
  return members;
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  return text.replace(/&(\w+);/gu, (whole, name: string) => entities[name] ?? whole);
}
