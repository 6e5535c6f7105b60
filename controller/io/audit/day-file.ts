/** The files of the decision log: one per UTC day, lines end in LF, only ever appended to. */
import { existsSync, readdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

const namePattern = /^decisions-\d{4}-\d{2}-\d{2}\.jsonl$/;

/** Returns the file's name for a moment. */
export function dayFileName(atMs: number): string {
  return `decisions-${new Date(atMs).toISOString().slice(0, 10)}.jsonl`;
}

/** Returns the names of the folder's day files, oldest first; a controller that never served has no folder. */
export function listDayFiles(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => namePattern.test(name))
    .sort();
}

/** Opens a day file for appending, readable by its owner alone, and makes its name durable. */
export async function openDayFile(directory: string, name: string): Promise<FileHandle> {
  const file = await open(join(directory, name), "a", 0o600);
  const folder = await open(directory, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return file;
}
