/**
 * A program of the system that runs as long as we do and prints a line when something moved. It tells
 * when to look, never what there is: while it is away the floor polls go on.
 *
 *   start ──► running ── ends, or was never allowed ──► away ── after a pause ──► start
 *                                                      (doubles up to ten minutes)
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { UnknownReason } from "#shared/posture/fact.ts";
import { LineReader } from "../line-reader.ts";
import { trustTool } from "./trusted-tool.ts";

/** A program and what its lines tell. */
export interface EventProgram {
  readonly path: string;
  readonly args: readonly string[];
  /** Signals that a line tells of; none for lines that say nothing about them. */
  readonly signalsOf: (line: string) => readonly string[];
  /** What a line says that the program does without, where it says such things. */
  readonly lostOf?: (line: string) => string | null;
  /** Everything that its lines can tell of: looked at again when it is back. */
  readonly signals: readonly string[];
}

/** What to tell. */
export interface EventChildOptions {
  readonly changed: (signals: readonly string[]) => void;
  readonly onLost: (program: string, because: string) => void;
  /** Kept to tests: programs in folders that anybody may write are refused otherwise. */
  readonly trust?: (path: string) => Promise<UnknownReason | null>;
  /** Kept to tests: how long the first pause is. */
  readonly firstPauseMs?: number;
}

const usualFirstPauseMs = 1_000;
const pauseMaxMs = 10 * 60_000;
/** One that lived this long starts with the first pause again. */
const goodLifeMs = 60_000;
const lineBytesMax = 64 * 1024;

/** Starts the program and keeps it going; returns what ends it. */
export function keepEventChild(program: EventProgram, options: EventChildOptions): () => void {
  const child = new EventChild(program, options);
  void child.start();
  return () => child.stop();
}

class EventChild {
  readonly #program: EventProgram;
  readonly #options: EventChildOptions;
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs: number;
  #wasAway = false;
  #stopped = false;

  constructor(program: EventProgram, options: EventChildOptions) {
    this.#program = program;
    this.#options = options;
    this.#pauseMs = options.firstPauseMs ?? usualFirstPauseMs;
  }

  async start(): Promise<void> {
    const { path, args, signals, signalsOf, lostOf } = this.#program;
    const distrust = await (this.#options.trust ?? trustTool)(path);
    if (this.#stopped) return;
    if (distrust !== null) return this.#away(distrust);
    const startedAt = performance.now();
    const child = spawn(path, args, {
      cwd: "/",
      env: environment,
      stdio: ["ignore", "pipe", "ignore"],
      windowsHide: true,
    });
    this.#child = child;
    const lines = new LineReader(lineBytesMax, (line) => {
      const told = signalsOf(line);
      if (told.length > 0) this.#options.changed(told);
      const lost = lostOf?.(line) ?? null;
      if (lost !== null) this.#options.onLost(path, `without ${lost}`);
    });
    child.stdout.on("data", (bytes: Buffer) => {
      if (!lines.push(bytes)) child.kill("SIGKILL");
    });
    let because = "";
    child.on("error", (error) => {
      because = error.message;
    });
    child.on("close", (code, signal) => {
      if (performance.now() - startedAt > goodLifeMs) {
        this.#pauseMs = this.#options.firstPauseMs ?? usualFirstPauseMs;
      }
      this.#away(because === "" ? `ended with ${code ?? signal}` : because);
    });
    // What happened while it was away nobody heard.
    if (this.#wasAway) this.#options.changed(signals);
    this.#wasAway = false;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#child?.kill("SIGKILL");
  }

  #away(because: string): void {
    this.#child = null;
    if (this.#stopped) return;
    this.#wasAway = true;
    this.#options.onLost(this.#program.path, because);
    this.#timer = setTimeout(() => void this.start(), this.#pauseMs);
    this.#timer.unref();
    this.#pauseMs = Math.min(pauseMaxMs, this.#pauseMs * 2);
  }
}

const environment =
  process.platform === "win32"
    ? { SystemRoot: process.env["SystemRoot"] ?? "C:\\Windows" }
    : { LC_ALL: "C", LANG: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
