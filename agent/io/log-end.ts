/** Reads the end of a log that may be large. */
import { open } from "node:fs/promises";

const bytesMax = 512 * 1024;
const linesMax = 1_000;

/** Returns its last lines, whole ones alone. */
export async function endOfLog(path: string): Promise<readonly string[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - bytesMax);
    const bytes = Buffer.alloc(size - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const lines = bytes.toString("utf8", 0, bytesRead).split("\n");
    return lines.slice(from === 0 ? 0 : 1).slice(-linesMax);
  } finally {
    await file.close();
  }
}
