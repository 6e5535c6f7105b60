/** Starts the collector process when it is needed and talks to it; it ends by itself when idle. */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { UnknownReason } from "#shared/posture/fact.ts";
import { LineReader } from "../line-reader.ts";
import { collectorAnswer, longestLine } from "./collector-protocol.ts";
import type { CollectorRequest } from "./collector-protocol.ts";
import type { WatchedProcess } from "./linux/processes.ts";
import type { Observation } from "./observation.ts";

/** How to start it; the command is an absolute path. */
export interface CollectorCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** What one request gave. */
export type CollectorResult =
  | {
      readonly kind: "answered";
      readonly observations: readonly Observation[];
      readonly watched: readonly WatchedProcess[];
      readonly inventory: Readonly<Record<string, unknown>> | null;
    }
  | { readonly kind: "failed"; readonly reason: UnknownReason; readonly detail: string };

/** What is asked, without its number. */
export type CollectorQuestion =
  | { readonly verb: "collect"; readonly signals: readonly string[] }
  | { readonly verb: "inventory" };

/** A collector that is started on demand. */
export interface CollectorProcess {
  /** Never rejects; a collector that is late is killed. */
  ask(question: CollectorQuestion, deadlineMs: number): Promise<CollectorResult>;
  close(): void;
}

interface Pending {
  readonly settle: (result: CollectorResult) => void;
  readonly timer: NodeJS.Timeout;
}

interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly pending: Map<number, Pending>;
}

const termGraceMs = 1_000;
const environment = { LC_ALL: "C", LANG: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Returns a collector of the given command. */
export function createCollectorProcess(command: CollectorCommand): CollectorProcess {
  let running: Running | null = null;
  let nextId = 1;
  const forget = (ended: Running) => {
    if (running === ended) running = null;
  };
  return {
    ask: (question, deadlineMs) =>
      new Promise((resolve) => {
        running ??= start(command, forget);
        const target = running;
        const id = nextId++;
        const timer = setTimeout(() => {
          forget(target);
          kill(target, "timeout", `no answer within ${deadlineMs} ms`);
        }, deadlineMs);
        target.pending.set(id, { settle: resolve, timer });
        const request = { id, ...question } as CollectorRequest;
        target.child.stdin.write(`${JSON.stringify(request)}\n`);
      }),
    close: () => {
      if (running !== null) kill(running, "no_data", "closed");
      running = null;
    },
  };
}

function start(command: CollectorCommand, forget: (ended: Running) => void): Running {
  const child = spawn(command.command, command.args, {
    cwd: "/",
    env: environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const started: Running = { child, pending: new Map() };
  const end = (detail: string) => {
    forget(started);
    failAll(started, "no_data", detail);
  };
  child.on("error", (error) => {
    end(error.message);
  });
  child.on("close", (code) => {
    end(`ended with ${code}`);
  });
  // Its end is told by `close`; writing to one that just ended is no failure of ours.
  child.stdin.on("error", () => undefined);
  const lines = new LineReader(longestLine * 2, (text) => {
    settle(started, text);
  });
  child.stdout.on("data", (bytes: Buffer) => {
    if (lines.push(bytes)) return;
    forget(started);
    kill(started, "parse", "answer too long");
  });
  return started;
}

/** Asked to end, it takes the programs that it started along; one that does not listen is killed. */
function kill(target: Running, reason: UnknownReason, detail: string): void {
  failAll(target, reason, detail);
  target.child.kill("SIGTERM");
  const last = setTimeout(() => target.child.kill("SIGKILL"), termGraceMs);
  target.child.once("close", () => {
    clearTimeout(last);
  });
}

function failAll(target: Running, reason: UnknownReason, detail: string): void {
  for (const { settle, timer } of target.pending.values()) {
    clearTimeout(timer);
    settle({ kind: "failed", reason, detail });
  }
  target.pending.clear();
}

function settle(target: Running, text: string): void {
  const answer = parse(text);
  if (answer === null || answer.id === null) return;
  const pending = target.pending.get(answer.id);
  if (pending === undefined) return;
  target.pending.delete(answer.id);
  clearTimeout(pending.timer);
  if (answer.ok) {
    const { observations, watched, inventory = null } = answer;
    pending.settle({ kind: "answered", observations, watched, inventory });
  } else pending.settle({ kind: "failed", reason: "no_data", detail: answer.detail });
}

function parse(text: string) {
  try {
    return collectorAnswer.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
