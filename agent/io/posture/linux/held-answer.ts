/**
 * Keeps the answer of a slow tool for as long as nothing that it stands on has changed. The folder is
 * the collector's own; without one nothing is kept.
 */
import { createHash } from "node:crypto";
import { lstat, open, readFile, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What is kept of a run. */
export interface HeldAnswer {
  readonly stdout: string;
  readonly tool: string;
  readonly exitCode: number;
  /** What the caller noted beside it. */
  readonly basis?: string;
}

/** An answer and what it stands on. */
export interface KeptAnswer {
  readonly fingerprint: string;
  readonly answer: HeldAnswer;
}

const bytesMax = 4 * 1024 * 1024;

/** Returns the collector's folder, as systemd or the agent names it. */
export function answerFolder(): string | null {
  const folder = process.env["CACHE_DIRECTORY"];
  return folder === undefined || !folder.startsWith("/") ? null : folder;
}

/** Returns a digest of all files and folders: what they are, their size and when they last changed. */
export async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  const see = async (path: string): Promise<void> => {
    const found = await lstat(path, { bigint: true }).catch(() => null);
    if (found === null) {
      hash.update(`${path} absent\n`);
      return;
    }
    const { ino, size, mode, mtimeNs, ctimeNs } = found;
    hash.update(`${path} ${ino} ${size} ${mode} ${mtimeNs} ${ctimeNs}\n`);
    if (!found.isDirectory()) return;
    for (const name of (await readdir(path)).sort()) await see(join(path, name));
  };
  for (const path of paths) await see(path);
  return hash.digest("hex");
}

/** Returns the answer kept last, whatever has changed since; a file that others could write is none. */
export async function lastAnswer(folder: string, name: string): Promise<KeptAnswer | null> {
  try {
    const path = join(folder, `${name}.json`);
    const found = await lstat(path);
    const ours = found.isFile() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
    if (!ours || found.size > bytesMax) return null;
    const kept = keptAnswer.parse(JSON.parse(await readFile(path, "utf8")));
    const { fingerprint, stdout, tool, exitCode, basis } = kept;
    const answer = { stdout, tool, exitCode };
    return { fingerprint, answer: basis === undefined ? answer : { ...answer, basis } };
  } catch {
    // Whatever is wrong with it, the tool itself tells.
    return null;
  }
}

const keptAnswer = z.strictObject({
  fingerprint: z.string(),
  stdout: z.string(),
  tool: z.string(),
  exitCode: z.int(),
  basis: z.string().optional(),
});

/** Keeps an answer; where that fails the tool is simply run again next time. */
export async function keepAnswer(
  folder: string,
  name: string,
  { fingerprint, answer }: KeptAnswer,
): Promise<void> {
  const text = JSON.stringify({ fingerprint, ...answer });
  if (text.length > bytesMax) return;
  const path = join(folder, `${name}.json`);
  try {
    const file = await open(`${path}.new`, "w", 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch {
    // A full or read-only disk costs a second of processor next time, nothing else.
  }
}
