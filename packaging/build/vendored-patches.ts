/** What we changed in vendored Go modules: `native/patches/<module>/*.patch`, applied in `native/vendor`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = "native/patches";

/** One patch: why, then a unified diff whose paths begin at the module. */
export interface Patch {
  readonly name: string;
  readonly text: string;
}

/** Returns the patches of a module in their order; most have none. */
export function patchesOf(module: string): readonly Patch[] {
  const folder = join(root, module);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".patch"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}

/** Returns the modules that have patches. */
export function patchedModules(): readonly string[] {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const folders = files.filter((file) => file.endsWith(".patch")).map((file) => join(file, ".."));
  return [...new Set(folders)].sort();
}
