import { spawn } from "node:child_process";

/** How a build step's program runs. */
export interface RunOptions {
  /** Other than what ends a step that hangs. */
  readonly deadlineMs?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A step ends only when it hangs: the packing of a package takes minutes where others work beside it. */
const stepMaxMs = 45 * 60_000;

/** Runs a program without a shell and returns its standard output; throws with its error text on failure. */
export async function run(
  program: string,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { deadlineMs = stepMaxMs } = options;
  const child = spawn(program, argv, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(deadlineMs),
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.on("error", (cause) => {
        const late = cause.name === "AbortError" ? ` not ended within ${deadlineMs / 1_000} s` : "";
        reject(new Error(`${program} ${argv[0] ?? ""}:${late} ${cause.message}`, { cause }));
      });
      child.on("close", resolve);
    }),
  ]);
  if (code !== 0) {
    throw new Error(`${program} ${argv[0] ?? ""}: exit ${code}\n${stderr.slice(-4000)}`);
  }
  return stdout;
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
