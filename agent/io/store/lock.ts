/**
 * One daemon per state folder. The lock is SQLite's on an empty file: the kernel lets it go with the
 * process, so nothing stale stays behind a crash, and once the file is there it takes no room.
 */
import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import { isDiskAway } from "#shared/base/file-error.ts";
import { readIfThere, writeFailure } from "./atomic-file.ts";
import { accessError, placeError } from "./place-error.ts";
import { tryAgain, type Wait } from "./try-again.ts";

/** SQLite's result codes. */
const [busy, locked, noDatabase] = [5, 6, 26];

/**
 * Takes the folder's lock and returns the release. Throws SP-303 where another process has it, SP-404
 * where the disk has no room for its file, SP-414 where it is read-only.
 */
export function takeLock(directory: string): () => void {
  const path = join(directory, "lock.db");
  makeFile(path, directory);
  const pidFile = join(directory, "lock.pid");
  const database = lockFile(path);
  if (database === null) {
    const pid = readIfThere(pidFile)?.trim() ?? "unknown";
    throw new CodedError("SP-303", { pid, directory });
  }
  notePid(pidFile);
  return () => database.close();
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
    if (errcode !== noDatabase) {
      const { code, params } = placeError(path) ?? writeFailure(path, cause);
      throw new CodedError(code, params, { cause });
    }
  }
  // Whoever had the lock would have been met before the content: nobody needs what stands there.
  truncateSync(path);
  return lockFile(path);
}

/** A lock that may still be missing; nobody else has it then. */
export interface FolderLock {
  /** SP-404 while the disk has no room for the lock, SP-414 while it is read-only. */
  readonly missing: ErrorRef | null;
  /** Names the function that hears when a missing lock was taken (null), or why not (SP-303). */
  onChange(listener: (error: ErrorRef | null) => void): void;
  release(): void;
}

/** What a lock works with. */
export interface LockTools {
  readonly take?: typeof takeLock;
  readonly wait?: Wait;
}

/** Takes the lock now or, where the disk does not let it, as soon as it does; throws SP-303 and SP-415. */
export function openLock(directory: string, tools: LockTools = {}): FolderLock {
  let release: (() => void) | null = null;
  let changed: ErrorRef | null | undefined;
  let listener: (error: ErrorRef | null) => void = () => undefined;
  const take = (): ErrorRef | null => {
    try {
      release = (tools.take ?? takeLock)(directory);
      return null;
    } catch (error) {
      if (error instanceof CodedError) return { code: error.code, params: error.params };
      throw error;
    }
  };
  const missing = take();
  if (missing !== null && !isDiskAway(missing)) throw new CodedError(missing.code, missing.params);
  const again = tryAgain(() => {
    const error = take();
    if (error !== null && isDiskAway(error)) return false;
    changed = error;
    listener(error);
    return true;
  }, tools.wait);
  if (missing !== null) again.soon();
  return {
    missing,
    onChange: (next) => {
      listener = next;
      if (changed !== undefined) next(changed);
    },
    release: () => {
      again.stop();
      release?.();
    },
  };
}

function makeFile(path: string, directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Never opened where it is: closing any handle of a file lets go of this process's locks on it.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    // SQLite locks a file that it may only read without a word.
    const denied = isThere ? accessError(path) : writeFailure(path, error);
    if (denied !== null) throw new CodedError(denied.code, denied.params, { cause: error });
  }
}

/** For the message to a second daemon alone, which says "unknown" where the disk did not take it. */
function notePid(pidFile: string): void {
  rmSync(pidFile, { force: true, recursive: true });
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    rmSync(pidFile, { force: true });
  }
}
