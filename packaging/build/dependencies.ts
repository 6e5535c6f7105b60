import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A package that ends up in the executables. */
export interface ShippedDependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly licenceText: string;
}

/** What the controller's console is made of; its build has put them into files of its own. */
const consolePackages = [
  "@mantine/core",
  "@mantine/hooks",
  "@tanstack/react-query",
  "@tanstack/react-virtual",
  "react",
  "react-dom",
  "wouter",
];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly version: string;
  readonly license?: string;
}

/**
 * Returns every runtime package and what it needs, sorted by name; Node itself included, under the name
 * of the target's package: all of them are of one version and one licence, but only one is installed.
 */
export function shippedDependencies(nodePackage: string): readonly ShippedDependency[] {
  const root = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const found = new Map<string, ShippedDependency>();
  const runtimes = Object.keys(root.optionalDependencies ?? {});
  const waiting = [...Object.keys(root.dependencies ?? {}), ...consolePackages, ...runtimes];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const folder = join("node_modules", name);
    const file = join(folder, "package.json");
    if (found.has(name) || !existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    found.set(name, {
      name: runtimes.includes(name) ? nodePackage : name,
      version: manifest.version,
      licence: manifest.license ?? "see text",
      licenceText: licenceText(folder, manifest.license ?? "see its source"),
    });
    waiting.push(...Object.keys(manifest.dependencies ?? {}));
  }
  return [...found.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

function licenceText(folder: string, licence: string): string {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file !== undefined) return readFileSync(join(folder, file), "utf8");
  return `Its package names the licence ${licence} and has no text of its own.`;
}
