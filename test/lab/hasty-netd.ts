// A netd of this clone that gives the first gateway of a site its routes back sooner: five minutes of
// rest are too long for a test that waits for many of them. The sources stay as they are.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabFailure } from "./command.ts";
import { clone, goCommand } from "./program-path.ts";

const source = join(clone, "native", "internal", "guard", "failover.go");
const asShipped = "returnPause = 5 * time.Minute";

/** Builds it into a folder; gives its path. */
export function buildHastyNetd(folder: string, pauseSeconds: number): string {
  const go = goCommand();
  if (!go.ok) throw new LabFailure("go", go.line);
  const text = readFileSync(source, "utf8");
  if (!text.includes(asShipped)) throw new LabFailure("go", `${source} has another pause`);
  mkdirSync(folder, { recursive: true });
  const hasty = join(folder, "failover.go");
  writeFileSync(hasty, text.replace(asShipped, `returnPause = ${pauseSeconds} * time.Second`));
  const overlay = join(folder, "overlay.json");
  writeFileSync(overlay, JSON.stringify({ Replace: { [source]: hasty } }));
  const file = join(folder, "sallyport-netd");
  const args = ["build", "-overlay", overlay, "-o", file, "./cmd/sallyport-netd"];
  const options = { cwd: join(clone, "native"), env: go.env, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(go.file, args, options);
  if (status !== 0) throw new LabFailure("go", stderr);
  return file;
}
