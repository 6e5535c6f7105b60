/** Makes files and the names of folders last over a loss of power. */
import { closeSync, copyFileSync, chmodSync, fsyncSync, openSync } from "node:fs";

/** Copies a file, readable by its owner alone; an existing one is never written over. */
export function copyDurably(from: string, to: string): void {
  closeSync(openSync(to, "wx", 0o600));
  copyFileSync(from, to);
  // The copy takes the mode of its source along.
  chmodSync(to, 0o600);
  makeDurable(to);
}

/** Waits until a file, or the names in a folder, are on the disk. */
export function makeDurable(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
