/**
 * Runs programs for collectors: absolute path, argument list, no shell, fixed environment, closed
 * standard input, a deadline after which the whole process group is killed, a cap on output.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { constants, setPriority } from "node:os";
import type { UnknownReason } from "#shared/posture/fact.ts";
import { killMarked } from "./stray-processes.ts";
import { trustTool } from "./trusted-tool.ts";

/** A user to run as, with the primary group; further groups are dropped. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** What to run: the first candidate that exists. */
export interface ToolRun {
  readonly candidates: readonly string[];
  readonly args: readonly string[];
  readonly deadlineMs: number;
  /** Keeps a processor for seconds: everything else goes first. */
  readonly heavy?: boolean;
  /** Runs as this user, with that user's session bus; needs root. */
  readonly as?: Account;
  /** Who vouches for the program, where not the folders it lies in. */
  readonly trust?: (path: string) => Promise<UnknownReason | null>;
}

/** How a run ended. An exit code is a result; no run, a signal, lateness and excess are not. */
export type ToolOutcome =
  | {
      readonly kind: "ended";
      readonly tool: string;
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
      readonly tookMs: number;
    }
  | { readonly kind: "failed"; readonly reason: UnknownReason; readonly tookMs: number };

const environment =
  process.platform === "win32"
    ? { SystemRoot: process.env["SystemRoot"] ?? "C:\\Windows" }
    : { LC_ALL: "C", LANG: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
const bytesMax = 16 * 1024 * 1024;
/** What cannot even be killed, as a process that hangs in the kernel, is not waited for. */
const killGraceMs = 1_000;

const running = new Set<number>();

/** Kills every program that still runs, with all it started. */
export function killTools(): void {
  for (const pid of running) killGroup(pid);
}

/** Runs a program; never rejects. */
export async function runTool(run: ToolRun): Promise<ToolOutcome> {
  const startedAt = performance.now();
  const failed = (reason: UnknownReason): ToolOutcome => ({
    kind: "failed",
    reason,
    tookMs: performance.now() - startedAt,
  });
  let last: UnknownReason = "tool_missing";
  for (const path of run.candidates) {
    const distrust = await (run.trust ?? trustTool)(path);
    if (distrust === null) return execute(path, run, failed);
    if (distrust !== "tool_missing") last = distrust;
  }
  return failed(last);
}

function execute(
  path: string,
  run: ToolRun,
  failed: (reason: UnknownReason) => ToolOutcome,
): Promise<ToolOutcome> {
  const startedAt = performance.now();
  const mark = `SALLYPORT_RUN=${randomUUID()}`;
  return new Promise((resolve) => {
    const child = spawn(path, run.args, {
      cwd: "/",
      env: { ...environment, ...sessionOf(run.as), ...markOf(mark) },
      ...run.as,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what it forks dies with it.
      detached: process.platform !== "win32",
    });
    if (child.pid !== undefined) running.add(child.pid);
    if (run.heavy === true) yieldToOthers(child.pid);
    let reason: UnknownReason | null = null;
    const stop = (why: UnknownReason) => {
      reason ??= why;
      // Windows has no groups: what the program started there ends with our own process.
      if (process.platform === "win32") child.kill();
      else killGroup(child.pid);
      killMarked(mark);
      child.stdout.destroy();
      child.stderr.destroy();
      setTimeout(() => {
        resolve(failed(why));
      }, killGraceMs).unref();
    };
    const timer = setTimeout(() => {
      stop("timeout");
    }, run.deadlineMs);
    const stdout = gather(child.stdout, () => {
      stop("parse");
    });
    const stderr = gather(child.stderr, () => {
      stop("parse");
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      const denied = "code" in error && (error.code === "EACCES" || error.code === "EPERM");
      resolve(failed(denied ? "permission" : "tool_missing"));
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      if (child.pid !== undefined) running.delete(child.pid);
      killGroup(child.pid);
      if (reason !== null) resolve(failed(reason));
      else if (exitCode === null) resolve(failed("no_data"));
      else {
        const tookMs = performance.now() - startedAt;
        const text = { stdout: stdout(), stderr: stderr() };
        resolve({ kind: "ended", tool: path, exitCode, ...text, tookMs });
      }
    });
  });
}

function markOf(mark: string): Readonly<Record<string, string>> {
  const [name = "", value = ""] = mark.split("=");
  return { [name]: value };
}

/** A program that has ended already needs none. */
function yieldToOthers(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
  }
}

function sessionOf(account: Account | undefined): Readonly<Record<string, string>> {
  if (account === undefined) return {};
  const runtime = `/run/user/${account.uid}`;
  return { XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus` };
}

/** Collects output; calls `excess` once when it grows beyond the cap. */
function gather(stream: NodeJS.ReadableStream, excess: () => void): () => string {
  const pieces: Buffer[] = [];
  let size = 0;
  stream.on("data", (piece: Buffer) => {
    size += piece.length;
    if (size <= bytesMax) pieces.push(piece);
    else excess();
  });
  return () => Buffer.concat(pieces).toString("utf8");
}

/** Kills what the program left behind; a group that is gone (or whose number is another's by now) is fine. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined || process.platform === "win32") return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
