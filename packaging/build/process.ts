import { spawn } from "node:child_process";

/** How a build step's program runs. */
export interface RunOptions {
  readonly deadlineMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program without a shell and returns its standard output; throws with its error text on failure. */
export async function run(
  program: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<string> {
  const child = spawn(program, argv, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(options.deadlineMs),
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
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
