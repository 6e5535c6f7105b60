/**
 * One daemon per state folder. The lock names a process and its start, so that a stale one yields; on
 * Windows the system itself lets go of a file when its process ends.
 */
import { closeSync, constants, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "#shared/base/coded-error.ts";
import { readIfThere } from "./atomic-file.ts";

/** Takes the folder's lock or throws SP-303; returns the release. */
export function takeLock(directory: string): () => void {
  const path = join(directory, "lock");
  if (process.platform === "win32") return holdFile(path, directory);
  for (let attempt = 0; attempt < 3; attempt++) {
    if (createLock(path)) return () => rmSync(path, { force: true });
    const holder = readHolder(path);
    if (holder !== null && isAlive(holder)) {
      throw new CodedError("SP-303", { pid: holder.pid, directory });
    }
    rmSync(path, { force: true });
  }
  throw new CodedError("SP-303", { pid: 0, directory });
}

/** libuv's flag for a file that nobody else may open meanwhile; Node has no name for it. */
const alone = 0x1000_0000;

function holdFile(path: string, directory: string): () => void {
  try {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT | alone);
    return () => closeSync(file);
  } catch (cause) {
    throw new CodedError("SP-303", { pid: 0, directory }, { cause });
  }
}

interface Holder {
  readonly pid: number;
  readonly startedTicks: string;
}

function createLock(path: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      writeFileSync(file, `${process.pid} ${startedTicks(process.pid) ?? ""}\n`);
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") return false;
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
    // An empty lock would name nobody, and the next daemon would take it for a stale one.
    rmSync(path, { force: true });
    throw new CodedError("SP-404", { file: path }, { cause: error });
  }
}

function readHolder(path: string): Holder | null {
  const [pid, startedTicks = ""] = (readIfThere(path) ?? "").trim().split(" ");
  const number = Number(pid);
  return Number.isInteger(number) && number > 0 ? { pid: number, startedTicks } : null;
}

/** A pid is used again after a crash: only the start time tells whether it is the same process. */
function isAlive(holder: Holder): boolean {
  const ticks = startedTicks(holder.pid);
  if (ticks === null) return processExists(holder.pid);
  return holder.startedTicks === "" || ticks === holder.startedTicks;
}

function startedTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
