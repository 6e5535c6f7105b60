/**
 * One controller per state folder. The lock is an SQLite lock on a file of its own: the kernel lets
 * it go with the process, so nothing stale stays behind a crash.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CodedError } from "#shared/base/coded-error.ts";

/** A held lock. */
export interface DirectoryLock {
  release(): void;
}

/** Makes the folder (0700) where needed and locks it; throws SP-303 where another process holds it. */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pidFile = join(directory, "lock.pid");
  const sqlite = new DatabaseSync(join(directory, "lock.db"), { timeout: 0 });
  try {
    sqlite.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  } catch (cause) {
    sqlite.close();
    throw new CodedError("SP-303", { pid: readPid(pidFile), directory }, { cause });
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return { release: () => sqlite.close() };
}

function readPid(pidFile: string): string {
  try {
    return readFileSync(pidFile, "utf8").trim();
  } catch {
    // The other process has the lock but has not written its number yet.
    return "unknown";
  }
}
