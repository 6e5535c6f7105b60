// The same sources in another folder, built with other settings: what comes out is to be the same.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { clone } from "../lab/program-path.ts";
import { must } from "./host-command.ts";

/** What is fetched and checked, or no part of a package. */
const linked = ["node_modules", ".cache/node", ".cache/install.json", ".cache/netd"];
const strange = { TZ: "Asia/Tokyo", LC_ALL: "POSIX", LANG: "de_DE.UTF-8" };

/** Builds in a copy below this folder, its console too, and returns the folder of the packages. */
export function buildElsewhere(folder: string, argv: readonly string[]): string {
  const copy = join(folder, "a länger named folder", "sources");
  rmSync(folder, { recursive: true, force: true });
  const which = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = must(["git", "-C", clone, ...which]).split("\0");
  for (const file of files.filter((name) => name !== "" && existsSync(join(clone, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    copyFileSync(join(clone, file), join(copy, file));
  }
  mkdirSync(join(copy, ".cache"));
  const there = linked.filter((name) => existsSync(join(clone, name)));
  for (const name of there) must(["cp", "-al", join(clone, name), join(copy, name)]);
  for (const line of [["packaging/bootstrap/main.cjs"], argv]) {
    const { status } = spawnSync(
      "/bin/sh",
      ["-c", 'umask 077; exec "$@"', "sh", process.execPath, ...line],
      { cwd: copy, stdio: "inherit", env: { ...process.env, ...strange } },
    );
    if (status !== 0) throw new Error(`${line[0]} ended with ${status} in ${copy}`);
  }
  return join(copy, "dist");
}
