// Runs one program on the host to its end, without a shell. Steps inside a box are box.ts's.
import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { cleanEnvironment } from "../lab/command.ts";
import { programPath } from "../lab/program-path.ts";

/** How a command ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command may be given. */
export interface HostOptions {
  readonly input?: string;
  readonly deadlineMs?: number;
}

/** Runs a program; a code other than 0 is an answer, a program that cannot run throws. */
export function tell(argv: readonly string[], options: HostOptions = {}): Ended {
  const [file, ...args] = argv as [string, ...string[]];
  const run = spawnSync(programPath(file), args, {
    env: cleanEnvironment(),
    encoding: "utf8",
    timeout: options.deadlineMs ?? 60_000,
    maxBuffer: 64 * 1024 * 1024,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (run.error !== undefined) throw new Error(`${argv.join(" ")}: ${run.error.message}`);
  return { exitCode: run.status ?? 128, stdout: run.stdout, stderr: run.stderr };
}

/** Runs a program that has to succeed; throws with all it said otherwise. */
export function must(argv: readonly string[], options: HostOptions = {}): string {
  const ended = tell(argv, options);
  if (ended.exitCode === 0) return ended.stdout;
  const said = `${ended.stdout}${ended.stderr}`.trim();
  throw new Error(`${argv.join(" ")} ended with ${ended.exitCode}: ${said}`);
}

/** The same while other commands run: resolves at its end. */
export async function tellMeanwhile(argv: readonly string[], input = ""): Promise<Ended> {
  const [file, ...args] = argv as [string, ...string[]];
  const child = spawn(programPath(file), args, { env: cleanEnvironment() });
  const exitCode = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 128));
  });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exitCode, stdout, stderr };
}
