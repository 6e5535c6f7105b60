/** Where further parts of this program start: source files in a clone, embedded in the packaged executable. */
import { posix } from "node:path";
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import type { CollectorCommand } from "./posture/collector-transport.ts";

/** Starts a thread from its source file, or from the copy embedded under the file's name. */
export function startThread(source: URL, workerData: unknown): Worker {
  if (!isSea()) return new Worker(source, { workerData });
  return new Worker(getAsset(posix.basename(source.pathname), "utf8"), { eval: true, workerData });
}

/** Where the installed collector service listens; systemd makes the socket before anything of ours runs. */
const collectorSocket = "/run/sallyport-collector.sock";

/** Returns how the collector is reached: the installed service, else the executable itself. */
export function collectorCommand(program: string, cache: string): CollectorCommand {
  return isSea()
    ? { command: process.execPath, args: ["collector"], socket: collectorSocket, cache }
    : { command: process.execPath, args: [program], cache };
}
