/** Reads scalars, lists and maps of one YAML file; each mismatch becomes an error with its place. */
import { isMap, isScalar, isSeq, type LineCounter, type ParsedNode } from "yaml";
import type { DocumentError, DocumentErrorCode } from "../document-error.ts";
import type { Place } from "../place.ts";
import { nearestName } from "./nearest-name.ts";

/** A file being read; errors gather here, so that one run shows all of them. */
export interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly errors: DocumentError[];
}

/** A node of the document tree; null where a key has no value. */
export type Node = ParsedNode | null;

/** A map's members, with the place of the map itself. */
export interface Fields {
  readonly node: ParsedNode;
  readonly members: ReadonlyMap<string, ParsedNode>;
}

/** Returns the place of an offset into the file. */
export function placeAt(source: Source, offset: number): Place {
  const position = source.lines.linePos(offset);
  return { file: source.file, line: Math.max(1, position.line), column: Math.max(1, position.col) };
}

/** Returns where a node begins. */
export function placeOf(source: Source, node: Node): Place {
  return placeAt(source, node?.range[0] ?? 0);
}

/** Notes an error at a node and returns undefined, so that readers can `return refuse(…)`. */
export function refuse(
  source: Source,
  node: Node,
  error: { code?: DocumentErrorCode; why: string; hint?: string | undefined },
): undefined {
  const { code = "SP-601", why, hint } = error;
  source.errors.push({ code, at: placeOf(source, node), why, hint });
  return undefined;
}

/** Reads a map that may have only the allowed keys and must have the required ones. */
export function readFields(
  source: Source,
  node: Node,
  keys: { required?: readonly string[]; allowed: readonly string[]; what: string },
): Fields | undefined {
  const { required = [], allowed, what } = keys;
  const members = readMembers(source, node, what);
  if (members === undefined || node === null) return undefined;
  const known = [...required, ...allowed];
  let good = true;
  for (const { key, keyNode } of members) {
    if (known.includes(key)) continue;
    const why = `unknown key \`${clip(key)}\` in ${what}`;
    refuse(source, keyNode, { code: "SP-603", why, hint: nearestName(key, known) });
    good = false;
  }
  const byKey = new Map(members.map((member) => [member.key, member.value]));
  for (const key of required) {
    if (byKey.has(key)) continue;
    refuse(source, node, { why: `${what} needs the key \`${key}\`` });
    good = false;
  }
  return good ? { node, members: byKey } : undefined;
}

/** One member of a map with the node of its key. */
export interface Member {
  readonly key: string;
  readonly keyNode: ParsedNode;
  readonly value: ParsedNode;
}

/** Reads a map with any keys, in the order of the file. */
export function readMembers(source: Source, node: Node, what: string): Member[] | undefined {
  if (!isMap(node))
    return refuse(source, node, { why: `${what} must be a map, not ${kind(node)}` });
  const members: Member[] = [];
  const seen = new Set<string>();
  for (const { key: keyNode, value } of node.items) {
    const key = isScalar(keyNode) ? keyNode.value : undefined;
    if (typeof key !== "string") {
      return refuse(source, keyNode, { why: `a key of ${what} must be text` });
    }
    if (seen.has(key)) {
      return refuse(source, keyNode, { code: "SP-605", why: `\`${clip(key)}\` is given twice` });
    }
    seen.add(key);
    if (value === null) return refuse(source, keyNode, { why: `\`${clip(key)}\` has no value` });
    members.push({ key, keyNode, value });
  }
  return members;
}

/** Reads a list; an absent node is an empty list. Items that cannot be read are left out, noted. */
export function readList<T>(
  source: Source,
  node: Node | undefined,
  options: { what: string; max: number; min?: number; each: (item: Node) => T | undefined },
): T[] {
  const { what, max, min = 0, each } = options;
  if (node === undefined) return [];
  if (!isSeq(node)) {
    refuse(source, node, { why: `${what} must be a list, not ${kind(node)}` });
    return [];
  }
  const { length } = node.items;
  if (length > max || length < min) {
    const code = length > max ? "SP-607" : "SP-601";
    refuse(source, node, { code, why: `${what} has ${length} entries; ${min} to ${max} may be` });
    return [];
  }
  const values: T[] = [];
  for (const item of node.items) {
    const value = each(item);
    if (value !== undefined) values.push(value);
  }
  return values;
}

/** Reads text without control characters. */
export function readText(
  source: Source,
  node: Node | undefined,
  options: { what: string; max?: number },
): string | undefined {
  const { what, max = 256 } = options;
  if (node === undefined) return undefined;
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value !== "string" || value === "") {
    return refuse(source, node, { why: `${what} must be text, not ${kind(node)}` });
  }
  if (value.length > max) {
    const why = `${what} has ${value.length} characters; at most ${max} may be`;
    return refuse(source, node, { code: "SP-607", why });
  }
  if (/[\u0000-\u001f\u007f-\u009f]/.test(value)) {
    return refuse(source, node, { why: `${what} holds control characters` });
  }
  return value;
}

/** Reads a name as all ids of documents are: `[a-z0-9][a-z0-9._-]{0,62}`. */
export function readName(source: Source, node: Node | undefined, what: string): string | undefined {
  const text = readText(source, node, { what });
  if (text === undefined || node === undefined) return undefined;
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(text)) return text;
  const why = `${what} \`${clip(text)}\` is not a name (a-z, 0-9, . _ -, at most 63)`;
  return refuse(source, node, { why });
}

/** Reads one of a closed set of words. */
export function readWord<T extends string>(
  source: Source,
  node: Node | undefined,
  options: { what: string; words: readonly T[] },
): T | undefined {
  const { what, words } = options;
  const text = readText(source, node, { what });
  if (text === undefined || node === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  const why = `${what} \`${clip(text)}\` is none of ${words.join(", ")}`;
  return refuse(source, node, { why, hint: nearestName(text, words) });
}

/** Reads a whole number within inclusive bounds. */
export function readInteger(
  source: Source,
  node: Node | undefined,
  options: { what: string; min: number; max: number },
): number | undefined {
  const { what, min, max } = options;
  if (node === undefined) return undefined;
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  return refuse(source, node, { why: `${what} must be a whole number from ${min} to ${max}` });
}

/** Reads `true` or `false`; the quoted words are text and refused. */
export function readBoolean(
  source: Source,
  node: Node | undefined,
  what: string,
): boolean | undefined {
  if (node === undefined) return undefined;
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === "boolean") return value;
  return refuse(source, node, { why: `${what} must be true or false, not ${kind(node)}` });
}

/** Returns text short enough for a message. */
export function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 61)}...` : text;
}

function kind(node: Node): string {
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  const value = isScalar(node) ? node.value : null;
  if (value === null) return "nothing";
  if (value === "") return "empty text";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
