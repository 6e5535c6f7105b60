/** Decides whether a program may be run with our rights: nobody but root can have changed it. */
import { lstat, realpath } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { UnknownReason } from "#shared/posture/fact.ts";

const groupWritable = 0o020;
const otherWritable = 0o002;

/**
 * Returns null when every part of the path, as named and as resolved, belongs to root and is
 * writable by root only, or by one of the groups; else why not.
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
    for (const part of [...partsOf(path), ...partsOf(target)]) {
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

function partsOf(path: string): readonly string[] {
  const parts = [path];
  for (let part = path; part !== "/"; part = dirname(part)) parts.push(dirname(part));
  return parts;
}
