/**
 * Two ways to a collector: the service that runs as root behind a socket of systemd's, or a process of
 * our own, which sees what we may see.
 */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { LineReader } from "../line-reader.ts";
import { lineBytesMax } from "./collector-request.ts";

/** How to reach it; the command is an absolute path, the socket the service's. */
export interface CollectorCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly socket?: string;
  /** A folder of ours in which a process that we start may keep slow answers. */
  readonly cache?: string;
}

/** One collector that runs. */
export interface Transport {
  send(line: string): void;
  /** Ends it, by force where it does not listen. */
  end(): void;
}

/** What a transport tells. */
export interface TransportEvents {
  readonly line: (text: string) => void;
  /** Nothing comes any more; `cleanly` when it ended by itself. */
  readonly closed: (cleanly: boolean, detail: string) => void;
  readonly tooLong: () => void;
}

const termGraceMs = 1_000;
const environment =
  process.platform === "win32"
    ? { SystemRoot: process.env["SystemRoot"] ?? "C:\\Windows" }
    : { LC_ALL: "C", LANG: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Starts a collector. */
export function openTransport(command: CollectorCommand, events: TransportEvents): Transport {
  return command.socket !== undefined && isOurs(command.socket)
    ? connectService(command.socket, events)
    : startProcess(command, events);
}

/** A socket that neither root nor we made is not the service's. */
function isOurs(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isSocket() !== true) return false;
  return found.uid === 0 || found.uid === process.getuid?.();
}

function connectService(path: string, events: TransportEvents): Transport {
  const socket = connect(path);
  const lines = new LineReader(lineBytesMax * 2, events.line);
  let trouble: NodeJS.ErrnoException | null = null;
  socket.on("data", (bytes: Buffer) => {
    if (!lines.push(bytes)) events.tooLong();
  });
  socket.on("error", (error) => {
    trouble = error;
  });
  socket.on("close", () => {
    // Written to while it ended, as an idle service does.
    const ended = trouble === null || trouble.code === "EPIPE" || trouble.code === "ECONNRESET";
    events.closed(ended, trouble?.message ?? "the service ended");
  });
  return {
    send: (line) => {
      socket.write(`${line}\n`);
    },
    end: () => socket.destroy(),
  };
}

function startProcess(command: CollectorCommand, events: TransportEvents): Transport {
  const child = spawn(command.command, command.args, {
    cwd: "/",
    env:
      command.cache === undefined
        ? environment
        : { ...environment, CACHE_DIRECTORY: command.cache },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.on("error", (error) => {
    events.closed(false, error.message);
  });
  child.on("close", (code) => {
    events.closed(code === 0, `ended with ${code}`);
  });
  // Its end is told by `close`; writing to one that just ended is no failure of ours.
  child.stdin.on("error", () => undefined);
  const lines = new LineReader(lineBytesMax * 2, events.line);
  child.stdout.on("data", (bytes: Buffer) => {
    if (!lines.push(bytes)) events.tooLong();
  });
  return {
    send: (line) => {
      child.stdin.write(`${line}\n`);
    },
    // Asked to end, it takes the programs that it started along; one that does not listen is killed.
    end: () => {
      child.kill("SIGTERM");
      const last = setTimeout(() => child.kill("SIGKILL"), termGraceMs);
      child.once("close", () => {
        clearTimeout(last);
      });
    },
  };
}
