import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PackagedFile } from "./package-content.ts";

/** Puts a file below the folder, where and as it will be installed; returns its path there. */
export function stageFile(folder: string, { from, to, mode }: PackagedFile): string {
  const target = join(folder, to);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  copyFileSync(from, target);
  chmodSync(target, mode);
  return target;
}
