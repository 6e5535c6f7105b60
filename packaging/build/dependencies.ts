import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importedPackages, type Program } from "./imported-packages.ts";
import { mitLicence } from "./mit-licence.ts";

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
  readonly license?: string | readonly string[];
  readonly author?: string | { readonly name?: string };
}

/**
 * Returns every runtime package and what it needs, sorted by name; Node itself included, under the name
 * of the target's package: all of them are of one version and one licence, but only one is installed.
 * Of one program where it is named, else of both.
 */
export function shippedDependencies(
  nodePackage: string,
  program?: Program,
): readonly ShippedDependency[] {
  const root = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const found = new Map<string, ShippedDependency>();
  const runtimes = Object.keys(root.optionalDependencies ?? {});
  const imported = program === undefined ? null : importedPackages(program);
  const asked = [...Object.keys(root.dependencies ?? {}), ...consolePackages];
  const first = [...asked.filter((name) => imported?.has(name) ?? true), ...runtimes];
  const waiting = first.map((name) => ({ name, asker: "." }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name } = next;
    const folder = folderOf(name, next.asker);
    if (folder === null || found.has(folder)) continue;
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    const licence = [manifest.license ?? "see text"].flat().join(" or ");
    found.set(folder, {
      name: runtimes.includes(name) ? nodePackage : name,
      version: manifest.version,
      licence,
      licenceText: licenceText(folder, licence, manifest),
    });
    const needs = Object.keys(manifest.dependencies ?? {});
    waiting.push(...needs.map((need) => ({ name: need, asker: folder })));
  }
  const parts = new Map([...found.values()].map((part) => [`${part.name} ${part.version}`, part]));
  return [...parts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, part]) => part);
}

/** Two who ask for one package may have been given two versions: the nearest folder is theirs, as for Node. */
function folderOf(name: string, asker: string): string | null {
  const folder = join(asker, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  if (asker === ".") return null;
  const above = asker.lastIndexOf("/node_modules/");
  return folderOf(name, above < 0 ? "." : asker.slice(0, above));
}

function licenceText(folder: string, licence: string, { author }: Manifest): string {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file !== undefined) return readFileSync(join(folder, file), "utf8");
  const named = `Its package names the licence ${licence} and has no text of its own.`;
  const holder = typeof author === "string" ? author : author?.name;
  return licence === "MIT" ? `${named}\n\n${mitLicence(holder ?? "its authors")}` : named;
}
