// A long-lived program of the lab: its output is kept in a file and read as JSON lines, so that
// story and tests wait for what the program says instead of for time to pass.
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { cleanEnvironment, LabFailure } from "./command.ts";
import { patience } from "./patience.ts";

/** One JSON line of a program; the fields are whatever it wrote. */
export type LogLine = Readonly<Record<string, unknown>>;

/** What is started, and where its lines are kept. */
export interface ProgramOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its whole standard input; without it `send` adds lines. */
  readonly input?: string;
}

/** For how long a line is waited, and since when it counts. */
export interface WaitOptions {
  readonly deadlineMs: number;
  /** Index from `mark()`: earlier lines do not count. */
  readonly since?: number;
}

interface Waiter {
  readonly look: () => void;
}

const stopGraceMs = 5_000;

/** Owns one process in a session of its own, so that Ctrl-C in the terminal reaches only the lab. */
export class Program {
  readonly name: string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #lines: LogLine[] = [];
  readonly #lastWords: string[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #watchers: ((line: LogLine) => void)[] = [];
  #ended = false;

  constructor(options: ProgramOptions) {
    const [file, ...args] = options.argv as [string, ...string[]];
    this.name = options.name;
    this.#log = createWriteStream(options.logFile, { flags: "a" });
    this.#child = spawn(file, args, {
      env: cleanEnvironment(options.env),
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream! }).on("line", (line) => this.#take(line));
    }
    this.#child.stdin!.on("error", () => undefined); // the exit below is what counts
    if (options.input !== undefined) this.#child.stdin!.end(options.input);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: string | null) => {
        this.#ended = true;
        this.#log.end();
        resolve({ code, signal });
        for (const waiter of this.#waiters) waiter.look();
      };
      this.#child.on("error", (cause) => {
        this.#lastWords.push(String(cause));
        end(null, null);
      });
      this.#child.on("close", end);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Lines from now on have an index of at least this. */
  mark(): number {
    return this.#lines.length;
  }

  lines(since = 0): readonly LogLine[] {
    return this.#lines.slice(since);
  }

  /** Calls back for every line from now on. */
  onLine(see: (line: LogLine) => void): void {
    this.#watchers.push(see);
  }

  send(message: object): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  /** The first line that fits, past or future; a LabFailure at the deadline or at the program's end. */
  waitFor(fits: (line: LogLine) => boolean, options: WaitOptions): Promise<LogLine> {
    let next = options.since ?? 0;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        act();
      };
      const fail = (why: string) => {
        const words = this.#lastWords.slice(-5).join(" | ");
        settle(() =>
          reject(new LabFailure("wait", `${this.name} ${why}; its last words: ${words}`)),
        );
      };
      const look = () => {
        for (; next < this.#lines.length; next += 1) {
          const line = this.#lines[next]!;
          if (fits(line)) return settle(() => resolve(line));
        }
        if (this.#ended) fail("ended");
      };
      const waiter: Waiter = { look };
      const deadlineMs = patience(options.deadlineMs);
      const timer = setTimeout(() => fail(`was silent for ${deadlineMs} ms`), deadlineMs);
      this.#waiters.add(waiter);
      look();
    });
  }

  /** SIGTERM, then SIGKILL when it does not end in time. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), stopGraceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** SIGKILL: the process gets no chance to tidy up. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  #take(line: string): void {
    this.#log.write(`${line}\n`);
    this.#lastWords.push(line.slice(0, 300));
    if (this.#lastWords.length > 20) this.#lastWords.shift();
    const parsed = parseLine(line);
    if (parsed === undefined) return;
    this.#lines.push(parsed);
    for (const see of this.#watchers) see(parsed);
    for (const waiter of this.#waiters) waiter.look();
  }
}

function parseLine(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined; // not ours: a library's own output; it stays in the log file
  }
}
