/**
 * Settings in files, the last name first: of device management on Linux (`/etc/sallyport/managed.d`), of
 * the installer on Windows.
 */
import {
  closeSync,
  constants,
  fstatSync,
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
import { parseJson } from "../json-text.ts";

const bytesMax = 64 * 1024;
const filesMax = 64;
const tooLarge = "is larger than 64 KiB";

/** Reads the folder again; a file that is just being written keeps what it said before. */
export type ManagedFiles = () => ReadSettings;

/** Opens a folder that need not be there yet. */
export function openManagedFiles(directory: string): ManagedFiles {
  let known = new Map<string, SettingValues>();
  return () => {
    const seen = new Map<string, SettingValues>();
    const { names, problems } = listJson(directory);
    if (names === null) return { values: merged(known), problems };
    if (names.length > filesMax) {
      problems.push({ key: "", why: `more than ${filesMax} files (${directory})` });
    }
    for (const name of names.slice(0, filesMax)) {
      const path = join(directory, name);
      const read = readOne(path);
      const values = read.unreadable ? (known.get(name) ?? {}) : read.values;
      seen.set(name, values);
      for (const problem of read.problems) {
        problems.push({ ...problem, why: `${problem.why} (${path})` });
      }
    }
    known = seen;
    return { values: merged(seen), problems };
  };
}

function merged(files: ReadonlyMap<string, SettingValues>): SettingValues {
  return Object.assign({}, ...files.values()) as SettingValues;
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
  if (!("value" in found) || typeof found.value !== "object" || found.value === null) return false;
  return Object.keys(found.value).join() === "EnrollmentKey";
}

type Own = { readonly value: unknown } | { readonly refused: ReadFile };

/** Reads a file that only its owner's administrators can have written. */
function readOwn(path: string): Own {
  try {
    // Opening a device may do something.
    const distrust = distrustOf(statSync(path));
    if (distrust !== null) return { refused: refused(distrust, false) };
    // A pipe that has come in the meantime would wait for its writer.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const changed = distrustOf(fstatSync(file));
      if (changed !== null) return { refused: refused(changed, false) };
      // Tools of Windows begin a file with a byte order mark, which is no part of the text.
      return { value: parseJson(readFileSync(file, "utf8").replace(/^\uFEFF/, "")) };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { refused: refused(`cannot be read: ${String(error.code)}`, error.code !== "ENOENT") };
  }
}

interface ReadFile extends ReadSettings {
  readonly unreadable: boolean;
}

function readOne(path: string): ReadFile {
  const found = readOwn(path);
  if ("refused" in found) return found.refused;
  // Null is what a file reads as while somebody writes it.
  const { value } = found;
  if (value === undefined || value === null) return refused("is no JSON", true);
  return { ...readSettings(value), unreadable: false };
}

/** Whoever else may write the file could lift what the organisation locked. */
function distrustOf(found: Stats): string | null {
  // Reading a pipe or a device may never end.
  if (!found.isFile()) return "is no file";
  const { uid, mode, size } = found;
  // On Windows the service has made the folder, and lets administrators alone write there.
  if (process.platform === "win32") return size > bytesMax ? tooLarge : null;
  if (uid !== 0 && uid !== process.geteuid?.()) return "must belong to root";
  if ((mode & 0o022) !== 0) return "may be written by others than root";
  return size > bytesMax ? tooLarge : null;
}

function refused(why: string, unreadable: boolean): ReadFile {
  return { values: {}, problems: [{ key: "", why }], unreadable };
}

interface Listed {
  /** Null: the folder cannot be read. */
  readonly names: readonly string[] | null;
  readonly problems: SettingProblem[];
}

function listJson(directory: string): Listed {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".json"));
    return { names: names.sort(), problems: folderProblems(directory) };
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    if (error.code === "ENOENT") return { names: [], problems: [] };
    const why = `cannot be read: ${String(error.code)} (${directory})`;
    return { names: null, problems: [{ key: "", why }] };
  }
}

/** Whoever else may write the folder could take away what the organisation locked. */
function folderProblems(directory: string): SettingProblem[] {
  const isShared = process.platform !== "win32" && (statSync(directory).mode & 0o022) !== 0;
  return isShared ? [{ key: "", why: `may be written by others than root (${directory})` }] : [];
}
