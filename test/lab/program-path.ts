// Where the programs are that the lab runs: the system's tools by absolute path, ours by the clone.
import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** Root of the clone. */
export const clone = resolve(import.meta.dirname, "..", "..");

type Go =
  | { readonly ok: true; readonly file: string; readonly version: string }
  | { readonly ok: false; readonly line: string };

interface Bootstrap {
  readonly findProgram: (name: string) => string | undefined;
  readonly programFolder: (clone: string) => string;
  readonly goForNative: (clone: string) => Go & { readonly env: NodeJS.ProcessEnv };
}

const load = createRequire(import.meta.url);
const { findProgram } = load("../../packaging/bootstrap/programs.cjs") as Bootstrap;
const { goForNative, programFolder } = load(
  "../../packaging/bootstrap/native-programs.cjs",
) as Bootstrap;

const found = new Map<string, string>();

/** Whether the system has a tool that the lab can do without. */
export function hasProgram(name: string): boolean {
  return findProgram(name) !== undefined;
}

/** Absolute path of a system tool; throws when absent, since machine.ts asked for it before. */
export function programPath(name: string): string {
  const known = found.get(name);
  if (known !== undefined) return known;
  const file = findProgram(name);
  if (file === undefined) throw new Error(`${name} is not installed`);
  found.set(name, file);
  return file;
}

// Named once: sources that change while a lab runs must not change what it starts again.
const nativePrograms = programFolder(clone);

/** Whether the present sources of native/ are built. */
export function nativeProgramsStand(): boolean {
  return existsSync(nativePrograms);
}

/** Absolute path of a Go program of native/cmd as the set-up built it. */
export function nativeProgramPath(name: string): string {
  const file = join(nativePrograms, name);
  accessSync(file, constants.X_OK);
  return file;
}

/** The Go that builds native/, with the environment it needs, or the line that says how to get it. */
export function goCommand(): Go & { readonly env: NodeJS.ProcessEnv } {
  return goForNative(clone);
}

/** The Node that runs us runs every program of the lab. */
export const nodePath = process.execPath;
