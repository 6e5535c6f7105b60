/** Files that must be new: an existing key, database or token is never written over. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

/** Writes a file that must not exist yet, durable, readable by its owner alone. */
export function writeNewFile(path: string, content: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
