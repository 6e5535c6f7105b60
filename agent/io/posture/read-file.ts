/** Reads small files; absence is a value, everything else a failure. */
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";

const bytesMax = 16 * 1024 * 1024;

/** Returns the text of a file up to 16 MiB, or null when it does not exist; a pipe is no file. */
export function readIfThere(path: string): Promise<string | null> {
  return read(path, 0);
}

/** Returns the text of a file itself, never of what a link in its place leads to. */
export async function readItself(path: string): Promise<string | null> {
  try {
    return await read(path, constants.O_NOFOLLOW);
  } catch (error) {
    if (isAbsentOrDenied(error) || codeOf(error) === "ELOOP") return null;
    throw error;
  }
}

async function read(path: string, flags: number): Promise<string | null> {
  let file;
  try {
    // Opening a pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is no file`);
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of file.createReadStream({ autoClose: false })) {
      size += (piece as Buffer).length;
      if (size > bytesMax) throw new Error(`${path} is larger than ${bytesMax} bytes`);
      pieces.push(piece as Buffer);
    }
    return Buffer.concat(pieces).toString("utf8");
  } finally {
    await file.close();
  }
}

/** Returns the text of a file up to 16 MiB, or null when it does not exist or we may not read it. */
export async function readIfAllowed(path: string): Promise<string | null> {
  try {
    return await readIfThere(path);
  } catch (error) {
    if (isAbsentOrDenied(error)) return null;
    throw error;
  }
}

/** Tells whether a file failure means "not there" or "not for us". */
export function isAbsentOrDenied(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EACCES", "EPERM"].includes(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Tells whether a path leads somewhere; what we may not see is not there. */
export function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Returns the text of a file up to 16 MiB; a missing one is a failure. */
export async function readText(path: string): Promise<string> {
  const text = await readIfThere(path);
  if (text === null) throw Object.assign(new Error(`${path} does not exist`), { code: "ENOENT" });
  return text;
}
