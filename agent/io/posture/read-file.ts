/** Reads small files; absence is a value, everything else a failure. */
import { open, stat } from "node:fs/promises";

const bytesMax = 16 * 1024 * 1024;

/** Returns the text of a file up to 16 MiB, or null when it does not exist. */
export async function readIfThere(path: string): Promise<string | null> {
  let file;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
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
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && ["ENOENT", "ENOTDIR", "EACCES", "EPERM"].includes(code);
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
