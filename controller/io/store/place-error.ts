import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";

/** Returns why nothing can be written at a path: SQLite tells all of it as a file that cannot be opened. */
export function placeError(path: string): ErrorRef | null {
  const { files, ffree } = statfsSync(nearest(path));
  if (files > 0 && ffree === 0) return { code: "SP-404", params: { file: path } };
  return accessError(path);
}

/** Returns why a path may not be written, room aside; the folders above it need not be there yet. */
export function accessError(path: string): ErrorRef | null {
  try {
    accessSync(nearest(dirname(path)), constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return fileErrorOf(error, path);
  }
}

function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}
