import { readSync } from "node:fs";

const bytesMax = 8 * 1024 * 1024;
const askAgainMs = 10;

/** Reads standard input to its end; throws where it is larger than 8 MiB. */
export function readStandardInput(): string {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const part = Buffer.alloc(64 * 1024);
    const read = readPart(part);
    if (read === 0) return Buffer.concat(parts).toString();
    if (read === null) continue;
    bytes += read;
    if (bytes > bytesMax) throw new Error("it is larger than 8 MiB");
    parts.push(part.subarray(0, read));
  }
}

/** Null: whoever writes to the pipe has nothing yet, and the pipe does not wait by itself. */
function readPart(part: Buffer): number | null {
  try {
    return readSync(0, part);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, askAgainMs);
    return null;
  }
}
