/** Decides whether a program may be run with our rights: nobody but root can have changed it. */
import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, join, normalize, resolve } from "node:path";
import type { UnknownReason } from "#shared/posture/fact.ts";

const groupWritable = 0o020;
const otherWritable = 0o002;

/**
 * Returns null when every part of the path, as named and after each link on the way, belongs to root
 * and is writable by root only, or by one of the groups; else why not.
 */
export async function trustTool(
  path: string,
  groups: readonly number[] = [],
): Promise<UnknownReason | null> {
  if (process.platform === "win32") return trustWindowsTool(path);
  if (!path.startsWith("/")) return "tampered_tool";
  try {
    const target = await realpath(path);
    const file = await lstat(target);
    if (!file.isFile()) return "tampered_tool";
    for (const part of new Set((await waysTo(path)).flatMap(partsOf))) {
      const found = await lstat(part);
      const byGroup = (found.mode & groupWritable) !== 0 && !groups.includes(found.gid);
      const writable = byGroup || (found.mode & otherWritable) !== 0;
      if (found.uid !== 0 || (writable && !found.isSymbolicLink())) return "tampered_tool";
    }
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return "tool_missing";
    return code === "EACCES" ? "permission" : "tampered_tool";
  }
}

/** Only administrators and the installer service may write below System32. */
async function trustWindowsTool(path: string): Promise<UnknownReason | null> {
  const system = join(process.env["SystemRoot"] ?? "C:\\Windows", "System32").toLowerCase();
  if (!normalize(path).toLowerCase().startsWith(`${system}\\`)) return "tampered_tool";
  return lstat(path).then(
    (file) => (file.isFile() ? null : "tampered_tool"),
    () => "tool_missing",
  );
}

/** As many as the kernel follows. */
const linksMax = 40;

/** Returns the path as named and as it reads after each link: a link between may be another's. */
async function waysTo(path: string): Promise<readonly string[]> {
  const ways = [path];
  for (let way = path; ways.length <= linksMax; ways.push(way)) {
    const link = await firstLink(way);
    if (link === null) return ways;
    way = join(resolve(dirname(link), await readlink(link)), way.slice(link.length));
  }
  throw new Error("links that never end");
}

async function firstLink(path: string): Promise<string | null> {
  for (const part of partsOf(path).toReversed()) {
    if ((await lstat(part)).isSymbolicLink()) return part;
  }
  return null;
}

function partsOf(path: string): readonly string[] {
  const parts = [path];
  for (let part = path; part !== "/"; part = dirname(part)) parts.push(dirname(part));
  return parts;
}
