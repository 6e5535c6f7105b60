/**
 * Settings in files, the last name first: of device management on Linux (`/etc/sallyport/managed.d`), of
 * the installer on Windows.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { join } from "node:path";
import {
  type ReadSettings,
  readSettings,
  type SettingProblem,
} from "#shared/settings/managed-settings.ts";
import type { SettingValues } from "#shared/settings/setting-catalogue.ts";
import { type HeldSettings, holdSettings, wholeProblem } from "../../core/held-settings.ts";
import { parseJson } from "../json-text.ts";
import type { KnownFiles } from "./kept-settings.ts";

const bytesMax = 64 * 1024;
const filesMax = 64;
const tooLarge = "is larger than 64 KiB";

/** What a folder says, and what of it was read well. */
export interface HeldFiles extends HeldSettings {
  readonly known: KnownFiles;
}

/** Reads the folder again; what is in trouble keeps what it said before, and says so. */
export type ManagedFiles = () => HeldFiles;

/** Opens a folder that need not be there yet; `kept` is what an earlier run read of it. */
export function openManagedFiles(directory: string, kept: KnownFiles = null): ManagedFiles {
  let files: ReadonlyMap<string, SettingValues> = kept ?? new Map<string, SettingValues>();
  // Files of a folder that others may write could be fewer than their owner has put there.
  let isWhole = kept !== null;
  return () => {
    const { names, trouble } = listJson(directory);
    const known = (): KnownFiles => (isWhole ? files : null);
    const problems = trouble === null ? [] : [wholeProblem(trouble, isWhole)];
    if (names === null || (trouble !== null && isWhole)) {
      return { values: merged(files), problems, isUnknown: !isWhole, known: known() };
    }
    const read = readFiles(directory, { names, files, isTrusted: trouble === null });
    files = read.files;
    isWhole ||= trouble === null;
    return {
      values: merged(files),
      problems: [...problems, ...read.problems],
      isUnknown: !isWhole || read.isUnknown,
      known: known(),
    };
  };
}

interface FolderLook {
  readonly names: readonly string[];
  readonly files: ReadonlyMap<string, SettingValues>;
  readonly isTrusted: boolean;
}

function readFiles(directory: string, { names, files, isTrusted }: FolderLook) {
  const seen = new Map(isTrusted ? [] : files);
  const problems: SettingProblem[] = [];
  let isUnknown = false;
  if (names.length > filesMax) {
    problems.push({ key: "", why: `more than ${filesMax} files (${directory})` });
  }
  for (const [at, name] of names.entries()) {
    const before = files.get(name) ?? null;
    if (!isTrusted && before !== null) continue;
    const path = join(directory, name);
    if (at >= filesMax) {
      isUnknown ||= before === null;
      if (before !== null) seen.set(name, before);
      continue;
    }
    const read = readOne(path);
    if (read === null) continue;
    const why = (problem: SettingProblem) => ({ ...problem, why: `${problem.why} (${path})` });
    const held = holdSettings(before, { ...read, problems: read.problems.map(why) });
    problems.push(...held.problems);
    isUnknown ||= held.isUnknown;
    // What was never read well is not known by the next look either.
    if (!held.isUnknown || Object.keys(held.values).length > 0) seen.set(name, held.values);
  }
  return { files: seen, problems, isUnknown };
}

function merged(files: ReadonlyMap<string, SettingValues>): SettingValues {
  const inOrder = [...files].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.assign({}, ...inOrder.map(([, values]) => values)) as SettingValues;
}

/**
 * Removes files that hold an enrolment key and nothing else: it is spent. What cannot be read is none of
 * them; throws where such a file cannot be removed, after the others are.
 */
export function removeSpentKeys(directory: string): void {
  const kept: unknown[] = [];
  for (const name of listJson(directory).names ?? []) {
    const path = join(directory, name);
    if (!holdsKeyAlone(path)) continue;
    try {
      rmSync(path, { force: true });
    } catch (error) {
      kept.push(error);
    }
  }
  if (kept.length > 0) throw kept[0];
}

function holdsKeyAlone(path: string): boolean {
  const found = readOwn(path);
  if (
    found === null ||
    !("value" in found) ||
    typeof found.value !== "object" ||
    found.value === null
  )
    return false;
  return Object.keys(found.value).join() === "EnrollmentKey";
}

type Own = { readonly value: unknown } | { readonly refused: string };

/** Reads a file that only its owner's administrators can have written; null: it was taken away meanwhile. */
function readOwn(path: string): Own | null {
  try {
    // Opening a device may do something.
    const distrust = distrustOf(statSync(path));
    if (distrust !== null) return { refused: distrust };
    // A pipe that has come in the meantime would wait for its writer.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const changed = distrustOf(fstatSync(file));
      if (changed !== null) return { refused: changed };
      // Tools of Windows begin a file with a byte order mark, which is no part of the text.
      return { value: parseJson(readFileSync(file, "utf8").replace(/^\uFEFF/, "")) };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    // A link that leads nowhere is there all the same.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
    return { refused: `cannot be read: ${String(error.code)}` };
  }
}

function readOne(path: string): ReadSettings | null {
  const found = readOwn(path);
  if (found === null) return null;
  if ("refused" in found) return refused(found.refused);
  // Null is what a file reads as while somebody writes it.
  const { value } = found;
  return value === undefined || value === null ? refused("is no JSON") : readSettings(value);
}

/** Whoever else may write the file could lift what the organisation locked. */
function distrustOf(found: Stats): string | null {
  // Reading a pipe or a device may never end.
  if (!found.isFile()) return "is no file";
  const { uid, mode, size } = found;
  // On Windows the service has made the folder, and lets administrators alone write there.
  if (process.platform === "win32") return size > bytesMax ? tooLarge : null;
  if (isForeign(uid)) return "must belong to root";
  if ((mode & 0o022) !== 0) return "may be written by others than root";
  return size > bytesMax ? tooLarge : null;
}

function refused(why: string): ReadSettings {
  return { values: {}, problems: [{ key: "", why }] };
}

interface Listed {
  /** Null: the folder cannot be read. */
  readonly names: readonly string[] | null;
  /** Why what is in it is not believed. */
  readonly trouble: string | null;
}

function listJson(directory: string): Listed {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".json"));
    return { names: names.sort(), trouble: folderTrouble(directory) };
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    if (error.code === "ENOENT") return { names: [], trouble: null };
    return { names: null, trouble: `cannot be read: ${String(error.code)} (${directory})` };
  }
}

/** Whoever else may write the folder could take away what the organisation locked. */
function folderTrouble(directory: string): string | null {
  if (process.platform === "win32") return null;
  const { uid, mode } = statSync(directory);
  if (isForeign(uid)) return `must belong to root (${directory})`;
  return (mode & 0o022) === 0 ? null : `may be written by others than root (${directory})`;
}

function isForeign(uid: number): boolean {
  return uid !== 0 && uid !== process.geteuid?.();
}
