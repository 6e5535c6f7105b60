// A program under the path of another: what anybody can make in a mount namespace of their own.
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";

/** Puts a program at the path and starts it there; returns once it runs. */
export async function startGenuine(path: string): Promise<ChildProcessWithoutNullStreams> {
  copyFileSync("/bin/cat", path);
  const child = spawn(path);
  await runs(child);
  return child;
}

/** Starts another program under the path of one that is there; null where namespaces are not allowed. */
export async function startImpostor(path: string): Promise<ChildProcessWithoutNullStreams | null> {
  const other = `${path}-other`;
  copyFileSync("/bin/cat", other);
  const script = `mount --bind '${other}' '${path}' && exec '${path}'`;
  const namespaces = ["--user", "--map-root-user", "--mount"];
  const child = spawn("/usr/bin/unshare", [...namespaces, "/bin/sh", "-c", script]);
  return (await runs(child)) ? child : null;
}

/** What it is told comes back once it runs. */
async function runs(child: ChildProcessWithoutNullStreams): Promise<boolean> {
  child.stdin.on("error", () => undefined);
  child.stdin.write("!");
  const said = await Promise.race([once(child.stdout, "data"), once(child.stdout, "end")]);
  return said.length > 0;
}
