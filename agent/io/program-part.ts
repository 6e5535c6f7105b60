/** Where further parts of this program start: source files in a clone, embedded in the packaged executable. */
import { posix } from "node:path";
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";

/** Starts a thread from its source file, or from the copy embedded under the file's name. */
export function startThread(source: URL, workerData: unknown): Worker {
  if (!isSea()) return new Worker(source, { workerData });
  return new Worker(getAsset(posix.basename(source.pathname), "utf8"), { eval: true, workerData });
}

/** Returns how the collector is started: the executable itself in its packaged form. */
export function collectorCommand(program: string): { command: string; args: string[] } {
  return { command: process.execPath, args: [isSea() ? "collector" : program] };
}
