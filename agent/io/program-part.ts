/** Where further parts of this program start: source files in a clone, embedded in the packaged executable. */
import { isSea } from "node:sea";
import type { CollectorCommand } from "./posture/collector-transport.ts";

/** Where the installed collector service listens; systemd makes the socket before anything of ours runs. */
const collectorSocket = "/run/sallyport-collector.sock";

/** Returns how the collector is reached: the installed service, else the executable itself. */
export function collectorCommand(program: string, cache: string): CollectorCommand {
  return isSea()
    ? { command: process.execPath, args: ["collector"], socket: collectorSocket, cache }
    : { command: process.execPath, args: [program], cache };
}
