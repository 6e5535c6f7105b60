/** The built console in memory: every file under its address, nothing else can be asked for. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { getRawAsset, getAssetKeys, isSea } from "node:sea";

/** One file as it is answered. */
export interface ConsoleFile {
  readonly content: Buffer;
  readonly type: string;
  /** Its name holds a hash of its content. */
  readonly immutable: boolean;
}

/** Files by their path, as `/assets/main-abc.js`. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** How packaging names the files inside the executable. */
const assetPrefix = "console/";

/** Returns the files of the built console; empty where it was not built. */
export function readConsoleFiles(folder: string): ConsoleFiles {
  return new Map(isSea() ? packagedFiles() : folderFiles(folder));
}

function packagedFiles(): readonly (readonly [string, ConsoleFile])[] {
  return getAssetKeys()
    .filter((key) => key.startsWith(assetPrefix))
    .map((key) => {
      const content = Buffer.from(getRawAsset(key));
      return fileOf(`/${key.slice(assetPrefix.length)}`, content);
    });
}

function folderFiles(folder: string): readonly (readonly [string, ConsoleFile])[] {
  const entries = listed(folder);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(folder, file).split(sep).join("/")}`;
      return fileOf(path, readFileSync(file));
    });
}

function listed(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function fileOf(path: string, content: Buffer): readonly [string, ConsoleFile] {
  const type = types[extname(path)] ?? "application/octet-stream";
  return [path, { content, type, immutable: path.startsWith("/assets/") }];
}
