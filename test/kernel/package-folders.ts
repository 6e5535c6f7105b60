// Which packages of node_modules the emulated machine needs: what our programs run with, and the test
// runner of the scenarios. The Node itself comes by its one file.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const testRunner = "vitest";
const nodeItself = /^node_modules\/node-(bin-)?(linux|darwin|win)-/;

/** Folders below the clone, each once, as the lockfile resolves them. */
export function packageFolders(clone: string): readonly string[] {
  const lock = JSON.parse(readFileSync(join(clone, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, Package>>;
  };
  const found = new Set<string>();
  const add = (from: string, name: string): void => {
    const folder = placeOf(lock.packages, from, name);
    if (folder === undefined || found.has(folder) || nodeItself.test(folder)) return;
    if (!existsSync(join(clone, folder))) return;
    found.add(folder);
    for (const needed of namesOf(lock.packages[folder] ?? {})) add(folder, needed);
  };
  for (const name of Object.keys(lock.packages[""]?.dependencies ?? {})) add("", name);
  add("", testRunner);
  return [...found];
}

function namesOf(one: Package): readonly string[] {
  return [one.dependencies, one.optionalDependencies, one.peerDependencies].flatMap((names) =>
    Object.keys(names ?? {}),
  );
}

/** As Node looks: in the package's own folder, then in those around it. */
function placeOf(
  packages: Readonly<Record<string, Package>>,
  from: string,
  name: string,
): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf("/node_modules/"))) {
    const place = join(folder, "node_modules", name);
    if (place in packages) return place;
    if (!folder.includes("/node_modules/")) {
      const top = join("node_modules", name);
      return top in packages ? top : undefined;
    }
  }
}
