// System folders that a test may change: copies of ours lie over them, seen only inside the lab's
// private mounts.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { monotonicMs } from "./clock.ts";
import { mustRunNow, runNow } from "./command.ts";
import { programPath } from "./program-path.ts";

/** Files by their path below the folder. */
export type StagedFiles = Readonly<Record<string, string>>;

const stageFolder = "/run/lab/stage";

/** Lays a folder with these files over a place; `copied` takes along what is there and may be read. */
export function coverPlace(
  place: string,
  options: { readonly files?: StagedFiles; readonly copied?: boolean } = {},
): void {
  const stage = join(stageFolder, place);
  mkdirSync(stage, { recursive: true });
  // An ordinary user's container cannot read all of /etc; what it cannot read it does not need.
  if (options.copied === true) runNow([programPath("cp"), "--archive", `${place}/.`, stage]);
  for (const [name, text] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(stage, name)), { recursive: true });
    // Never through a link: it would lead to what lies outside the cover.
    rmSync(join(stage, name), { force: true });
    writeFileSync(join(stage, name), text);
  }
  mustRunNow([programPath("mount"), "--bind", stage, place]);
}

/** Shows again what was there. */
export function uncoverPlace(place: string): void {
  mustRunNow([programPath("umount"), "--lazy", place]);
}

/** Replaces a file as package tools and `usermod` do, by a rename; returns when it was there. */
export function replaceFile(path: string, text: string): number {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return monotonicMs();
}
