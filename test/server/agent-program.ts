// The program `sallyport` as a person or script starts it, beside a played daemon.
import { spawn } from "node:child_process";
import { join } from "node:path";

const main = new URL("../../agent/main.ts", import.meta.url).pathname;

/** What a run said. */
export interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON object on stdout. */
  readonly json: () => Record<string, unknown>;
}

/** Runs it with sockets, state and configuration in one folder; nothing else of its surroundings is passed on. */
export async function runAgent(
  directory: string,
  args: readonly string[],
  input = "",
): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      SALLYPORT_RUN_DIR: directory,
      SALLYPORT_STATE_DIR: join(directory, "state"),
      SALLYPORT_CONFIG: join(directory, "agent.yaml"),
    },
  });
  child.stdin.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const exit = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { exit, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}
