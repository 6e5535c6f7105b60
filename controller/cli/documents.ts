/** Reads YAML files of administrators; `-` is stdin. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import type { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { readStandardInput } from "./standard-input.ts";

/** What one request to the admin API may hold, less its frame. */
const setBytesMax = 7 * 1024 * 1024;
/** What the admin API takes as the name of a file. */
const nameMax = 256;

/** A file's name and text. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** Reads the files; throws SP-703 naming the one that cannot be read. */
export function readFiles(paths: readonly string[]): readonly TextFile[] {
  const names = paths.map((path) => (path === "-" ? "stdin" : basename(path)));
  return paths.map((path, place) => {
    const name = names[place] ?? "";
    // Places in errors tell files of one name apart.
    const file = names.indexOf(name) === names.lastIndexOf(name) ? name : path.slice(-nameMax);
    try {
      const text = path === "-" ? readStandardInput() : readFileSync(path, "utf8");
      return { file, text };
    } catch (cause) {
      const why = `\`${path}\` cannot be read: ${cause instanceof Error ? cause.message : ""}`;
      throw new CodedError("SP-703", { why }, { cause });
    }
  });
}

/** Reads the files, of a folder all `*.yaml`; throws SP-703 naming what cannot be read. */
export function readDocuments(paths: readonly string[]): readonly TextFile[] {
  return readFiles(paths.flatMap(documentPaths));
}

function documentPaths(path: string): readonly string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? documentsIn(path) : [path];
}

/** Where the documents of a set are. */
export interface DocumentPlaces {
  readonly files?: readonly string[] | undefined;
  readonly from?: string | undefined;
}

/** Reads files and all `*.yaml` of folders; throws SP-703 where there are none, SP-607 where they are too large. */
export function readSetFiles({ files = [], from }: DocumentPlaces): readonly TextFile[] {
  const named = files.flatMap(documentPaths);
  const paths = [...named, ...(from === undefined ? [] : documentsIn(from))];
  if (paths.length === 0) throw new CodedError("SP-703", { why: "name at least one file" });
  let bytes = 0;
  for (const path of paths) {
    bytes += path === "-" ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    if (bytes > setBytesMax) throw tooLarge(path);
  }
  const texts = readFiles(paths);
  const large = texts.find(({ text }) => text.length > setBytesMax);
  if (large !== undefined) throw tooLarge(large.file);
  return texts;
}

function tooLarge(path: string): CodedError {
  const why = `the files of a set may have ${setBytesMax} bytes together`;
  return new CodedError("SP-607", { at: `${basename(path)}:1:1`, why });
}

function documentsIn(folder: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch (cause) {
    const why = `\`${folder}\` cannot be read: ${cause instanceof Error ? cause.message : ""}`;
    throw new CodedError("SP-703", { why }, { cause });
  }
  if (names.length === 0) {
    throw new CodedError("SP-703", { why: `\`${folder}\` holds no *.yaml file` });
  }
  return names.sort().map((name) => join(folder, name));
}

/** Returns the plain objects of all YAML documents of the files; throws SP-703 with the place. */
export function readObjects(
  files: readonly TextFile[],
): readonly Readonly<Record<string, unknown>>[] {
  return files.flatMap(({ file, text }) => {
    const values = parseAllDocuments(text).map((document): unknown => {
      const [problem] = document.errors;
      if (problem !== undefined) throw refused(file, problem.message);
      return document.toJS({ maxAliasCount: 0 });
    });
    // A line `---` at the end begins a document with nothing in it.
    const objects = values.filter((value) => value !== null);
    if (objects.length === 0) throw refused(file, "it holds no document");
    return objects.map((value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw refused(file, "each document is one mapping of names to values");
      }
      return value as Readonly<Record<string, unknown>>;
    });
  });
}

/** Returns resource files as policy documents: one that is a bare resource is put into a list. */
export function resourceDocuments(files: readonly TextFile[]): readonly TextFile[] {
  return files.map((file) => {
    const objects = readObjects([file]);
    if (objects.some((object) => "resources" in object)) return file;
    const text = stringify({ apiVersion: "sallyport/v1", resources: objects });
    return { file: file.file, text };
  });
}

/** Returns the name that a document gives its record; throws SP-703 where it gives none. */
export function requireName(name: unknown, file: string): string {
  if (typeof name === "string" && name !== "") return name;
  throw refused(file, "`name` is missing");
}

/** Throws SP-703 where two documents have one name: which of them is meant nobody knows. */
export function requireOnce(records: readonly { readonly name: string }[], file: string): void {
  const names = records.map(({ name }) => name);
  const twin = names.find((name, place) => names.indexOf(name) !== place);
  if (twin !== undefined) throw refused(file, `\`${twin}\` is there twice`);
}

/** Returns a document by its schema; throws SP-703 naming the first member that is wrong. */
export function parsedFile<T extends z.ZodType>(shape: T, content: unknown, file: string) {
  const parsed = shape.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(file, `${issue?.path.join(".") || "it"}: ${issue?.message ?? "is wrong"}`);
}

function refused(file: string, why: string): CodedError {
  return new CodedError("SP-703", { why: `${file}: ${why}` });
}
