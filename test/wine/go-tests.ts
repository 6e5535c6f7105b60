/** Go's tests for Windows, built on this machine. */
import { join } from "node:path";
import { run } from "../../packaging/build/process.ts";
import { clone, goCommand } from "../lab/program-path.ts";

const buildMs = 300_000;

/** Builds the tests of one of Go's own packages as a program of Windows. */
export async function buildGoTests(name: string, output: string): Promise<void> {
  const go = goCommand();
  if (!go.ok) throw new Error(go.line);
  const argv = ["test", "-c", "-mod=vendor", "-o", output, `./internal/${name}`];
  const env = { ...go.env, GOOS: "windows", GOFLAGS: "" } as Record<string, string>;
  await run(go.file, argv, { deadlineMs: buildMs, cwd: join(clone, "native"), env });
}
