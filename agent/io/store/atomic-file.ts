import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { CodedError } from "#shared/base/coded-error.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";
import { accessError } from "./place-error.ts";

/**
 * Writes a file so that a crash leaves the old or the new content, never a part: temporary name,
 * fsync, rename, fsync of the folder. Synchronous: these files are small and rare. Throws SP-404
 * for a full disk, SP-414 for a read-only one, SP-415 where it may not, SP-901 for anything else.
 */
export function writeAtomic(path: string, text: string, mode = 0o600): void {
  try {
    replaceFile(path, text, mode);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** SP-404 for a full disk, SP-414 for a read-only one, SP-415 where it may not, SP-901 for anything else. */
export function writeFailure(path: string, cause: unknown): CodedError {
  // A folder that cannot be made in a read-only one has no code of its own.
  const known = fileErrorOf(cause, path) ?? accessError(path);
  if (known !== null) return new CodedError(known.code, known.params, { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CodedError("SP-901", { why: `write \`${path}\`: ${why}` }, { cause });
}

function replaceFile(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  try {
    writeWhole(temporary, text, mode);
  } catch (error) {
    // A part of it would keep the last pages of a full disk.
    rmSync(temporary, { force: true });
    throw error;
  }
  renameSync(temporary, path);
  // NTFS keeps names by a journal of its own, and folders cannot be synced there.
  if (process.platform === "win32") return;
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A disk with room for a part takes that part without an error: only what writes on finds out. */
function writeWhole(path: string, text: string, mode: number): void {
  const file = openSync(path, "w", mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Returns the text of a file, or null where there is none; other failures are thrown. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Renames a file that could not be read, so that nobody guesses at it; returns its new name. */
export function setAside(path: string): string {
  const aside = `${path}.corrupt-${Date.now()}`;
  renameSync(path, aside);
  return aside;
}
