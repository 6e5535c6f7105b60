import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The two programs that are shipped. */
export type Program = "agent" | "controller";

const isSource = (name: string) =>
  /\.tsx?$/.test(name) && !/(\.test\.tsx?|vite\.config\.ts)$/.test(name);

/** Returns the names of all packages that the sources of a program import, its console among them. */
export function importedPackages(program: Program): ReadonlySet<string> {
  const found = new Set<string>();
  for (const folder of [program, "shared"]) {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isSource);
    for (const name of names) {
      const text = readFileSync(join(folder, name), "utf8");
      for (const [, module = ""] of text.matchAll(/\b(?:from |import\(?\s*)"([^".#/][^"]*)"/g)) {
        found.add(
          module
            .split("/")
            .slice(0, module.startsWith("@") ? 2 : 1)
            .join("/"),
        );
      }
    }
  }
  return found;
}
