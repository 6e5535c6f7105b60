/** Files that must be new: an existing key, database or token is never written over. */
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from "node:fs";

/** Writes a file that must not exist yet, durable, readable by its owner alone. */
export function writeNewFile(path: string, content: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } catch (error) {
    // A part of a key is no key, and would stand in the way of the next try.
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
