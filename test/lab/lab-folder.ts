// Where a running lab keeps state and logs on disk: .cache/lab/run-…, one folder each, removed at
// the end; what a killed lab left is swept by the next one.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { clone } from "./program-path.ts";

const root = join(clone, ".cache", "lab");

/** The folder of a new lab whose outer process is this one. */
export function makeLabFolder(): string {
  mkdirSync(root, { recursive: true });
  sweep();
  const folder = mkdtempSync(join(root, "run-"));
  chmodSync(folder, 0o700);
  writeFileSync(join(folder, "owner"), ownerOf(process.pid) ?? "");
  return folder;
}

/** Removes the folder and the way into it. */
export function removeLabFolder(folder: string): void {
  removeEntrance(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** Where the way into the newest lab stands, for people in another terminal. */
export function entranceOf(folder: string): string {
  return join(folder, "..", "enter");
}

/** Removes the way into this lab; one that leads into a newer lab stays. */
export function removeEntrance(folder: string): void {
  const file = entranceOf(folder);
  if (existsSync(file) && readFileSync(file, "utf8").includes(`'${folder}/`)) rmSync(file);
}

/** Removes the folders of labs whose outer process is gone; a process id alone may be another's. */
function sweep(): void {
  for (const name of readdirSync(root).filter((entry) => entry.startsWith("run-"))) {
    const folder = join(root, name);
    const file = join(folder, "owner");
    const owner = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (owner === "" || ownerOf(Number(owner.split(" ")[0])) !== owner) removeLabFolder(folder);
  }
}

/** Process id and start time: together they name one process of this boot. */
function ownerOf(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  if (!Number.isInteger(pid) || pid <= 0 || !existsSync(file)) return undefined;
  const afterName = readFileSync(file, "utf8").split(") ").at(-1) ?? "";
  return `${pid} ${afterName.split(" ")[19]}`;
}
