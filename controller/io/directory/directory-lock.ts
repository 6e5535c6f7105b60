/**
 * One controller per state folder. The lock is SQLite's on an empty file: the kernel lets it go with
 * the process, so nothing stale stays behind a crash, and once the file is there it takes no room.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";
import { accessError, placeError } from "../store/place-error.ts";

/** SQLite's result codes. */
const [busy, locked, noDatabase] = [5, 6, 26];

/** A held lock. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Makes the folder (0700) where needed and locks it; throws SP-303 where another process holds it, and
 * SP-404 where the disk has no room for the lock's file, SP-414 where it is read-only.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, "lock.db");
  makeFile(path, directory);
  const pidFile = join(directory, "lock.pid");
  const database = lockFile(path);
  if (database === null) throw new CodedError("SP-303", { pid: readPid(pidFile), directory });
  notePid(pidFile);
  return { release: () => database.close() };
}

/** Returns null where another process has the lock. */
function lockFile(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // In memory, because a journal would want room on the disk.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (cause) {
    database.close();
    const { errcode } = cause as { readonly errcode?: number };
    if (errcode === busy || errcode === locked) return null;
    if (errcode !== noDatabase) throwCoded(placeError(path), cause);
  }
  // Whoever had the lock would have been met before the content: nobody needs what stands there.
  truncateSync(path);
  return lockFile(path);
}

function throwCoded(error: ErrorRef | null, cause: unknown): never {
  throw error === null ? cause : new CodedError(error.code, error.params, { cause });
}

function makeFile(path: string, directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Never opened where it is: closing any handle of a file lets go of this process's locks on it.
    closeSync(openSync(path, "wx", 0o600));
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    // SQLite locks a file that it may only read without a word; a folder not made has no code of its own.
    const error = isThere ? accessError(path) : (fileErrorOf(cause, path) ?? accessError(path));
    if (!isThere || error !== null) throwCoded(error, cause);
  }
}

/** For the message to a second controller alone, which says "unknown" where the disk did not take it. */
function notePid(pidFile: string): void {
  rmSync(pidFile, { force: true, recursive: true });
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    rmSync(pidFile, { force: true });
  }
}

function readPid(pidFile: string): string {
  try {
    return readFileSync(pidFile, "utf8").trim();
  } catch {
    return "unknown";
  }
}
