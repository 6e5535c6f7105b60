// Runs one short command to its end, without a shell. Long-lived programs are in program.ts.
import { spawn, spawnSync } from "node:child_process";
import { monotonicMs } from "./clock.ts";
import { patience } from "./patience.ts";

/** What a program printed, and its exit code. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly startedAtMs: number;
  readonly returnedAtMs: number;
}

/** How long it may take, and what it gets on standard input. */
export interface CommandOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** A lab step that did not happen; `step` and `detail` go into the report's `failed`. */
export class LabFailure extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.name = "LabFailure";
    this.code = code;
  }
}

const defaultDeadlineMs = 30_000;

// Of an emulated machine: how slow it is, and where Node keeps what it compiled.
const handedOn = ["SALLYPORT_TEST_SLOWNESS", "NODE_COMPILE_CACHE", "NODE_COMPILE_CACHE_PORTABLE"];
const ofThisMachine = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => handedOn.includes(name)),
);

/** What a spawned program sees: nothing of the caller's environment but these. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}) {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/nonexistent",
    LANG: "C.UTF-8",
    ...ofThisMachine,
    ...extra,
  };
}

/**
 * Blocks the event loop until the command ended, so that `returnedAtMs` (CLOCK_MONOTONIC) is the
 * moment of its return and not of a later turn of the loop.
 */
export function runNow(argv: readonly string[], options: CommandOptions = {}): CommandResult {
  const [file, ...args] = argv as [string, ...string[]];
  const startedAtMs = monotonicMs();
  const run = spawnSync(file, args, {
    env: cleanEnvironment(options.env),
    encoding: "utf8",
    timeout: patience(options.deadlineMs ?? defaultDeadlineMs),
    maxBuffer: 64 * 1024 * 1024,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  const returnedAtMs = monotonicMs();
  if (run.error !== undefined)
    throw new LabFailure("spawn", `${argv.join(" ")}: ${String(run.error)}`);
  const exitCode = run.status ?? 128;
  return { exitCode, stdout: run.stdout, stderr: run.stderr, startedAtMs, returnedAtMs };
}

/** As runNow, but any exit code other than 0 is a LabFailure that quotes the command's own words. */
export function mustRunNow(argv: readonly string[], options: CommandOptions = {}): CommandResult {
  const result = runNow(argv, options);
  if (result.exitCode === 0) return result;
  throw new LabFailure(
    "command",
    `${argv.join(" ")} ended with ${result.exitCode}: ${result.stderr.trim()}`,
  );
}

/** Leaves the event loop free; killed with SIGKILL at the deadline, which reads as exit code 128. */
export async function run(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [file, ...args] = argv as [string, ...string[]];
  const startedAtMs = monotonicMs();
  const child = spawn(file, args, {
    env: cleanEnvironment(options.env),
    stdio: ["pipe", "pipe", "pipe"],
    timeout: patience(options.deadlineMs ?? defaultDeadlineMs),
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that ends without reading its input closes the pipe: its exit code tells the story.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", (cause) => {
      reject(new LabFailure("spawn", `${argv.join(" ")}: ${String(cause)}`));
    });
    child.on("close", (code) => {
      resolve(code ?? 128);
    });
  });
  return { exitCode, stdout, stderr, startedAtMs, returnedAtMs: monotonicMs() };
}
