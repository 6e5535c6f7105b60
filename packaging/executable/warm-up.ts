/**
 * Loads a program's parts as the executable will, and writes what V8 made of them beside each: the
 * functions that run at every start are then compiled already. Run by the very Node of the executable and
 * with its flags, a roomy heap and `--no-sparkplug`. Arguments: the folder, then the parts to load.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { openChunks } from "./chunks.ts";

const [folder = "", ...parts] = process.argv.slice(2);
// The command line reads them when it is loaded, and would begin to work.
process.argv.splice(2, process.argv.length, "--help");

const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");
const scripts = new Map<string, Script>();
const take = openChunks({ textOf, cacheOf: () => undefined }, (name, script) =>
  scripts.set(name, script),
);
for (const part of parts) take(part);
process.on("exit", () => {
  // A cache fits only the flags it was written under: back to those of the executable.
  for (const flag of ["--sparkplug", "--initial-heap-size=0", "--min-semi-space-size=0"]) {
    setFlagsFromString(flag);
  }
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cjs"))) {
    const script = scripts.get(`./${file}`) ?? new Script(textOf(file), { filename: `./${file}` });
    writeFileSync(join(folder, `${file}.cache`), script.createCachedData());
  }
});
