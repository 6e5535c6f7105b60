/** Reads the checked-out commit from git's files; it starts no program and never throws. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const hash = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** Returns the commit of the clone at a folder, or `unknown` where the folder is none. */
export function commitOfClone(folder: string): string {
  const git = gitFolder(folder);
  const head = read(join(git, "HEAD"));
  const name = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (name === undefined) return hash.test(head) ? head : "unknown";
  // A worktree has its own HEAD, but branches are in the folder that it shares.
  const shared = resolve(git, read(join(git, "commondir")));
  const loose = read(join(shared, name));
  if (hash.test(loose)) return loose;
  const packed = read(join(shared, "packed-refs")).split("\n");
  const found = packed.find((line) => line.endsWith(` ${name}`))?.split(" ")[0] ?? "";
  return hash.test(found) ? found : "unknown";
}

/** `.git` is a folder, or in a worktree a file that names one. */
function gitFolder(folder: string): string {
  const path = join(folder, ".git");
  const named = /^gitdir: (.+)$/.exec(read(path))?.[1];
  return named === undefined ? path : resolve(folder, named);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return ""; // absent, or a folder: the caller looks elsewhere
  }
}
