// The packages that are tested, and the one that comes after them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clone } from "../lab/program-path.ts";
import { must } from "./host-command.ts";

const { version } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8")) as {
  version: string;
};

/** Version of the agent's package that `successorOf` makes. */
export const nextVersion = `${version}+next`;

/** Returns the agent's and the controller's deb; throws where they are not built. */
export function builtPackages(): readonly string[] {
  return ["sallyport", "sallyport-controller"].map((name) => {
    const file = join(clone, "dist", `${name}_${version}_amd64.deb`);
    if (!existsSync(file)) throw new Error(`${file} is missing: npm run package`);
    return file;
  });
}

/** Returns the agent's and the controller's rpm; throws where they are not built. */
export function builtRpms(): readonly string[] {
  return ["sallyport", "sallyport-controller"].map((name) => {
    const file = join(clone, "dist", `${name}-${version}-1.x86_64.rpm`);
    if (!existsSync(file)) throw new Error(`${file} is missing: npm run package`);
    return file;
  });
}

/** Makes the same agent package under the next version, for an upgrade. */
export function successorOf(deb: string): string {
  const folder = join(clone, ".cache", "test-packages");
  const stage = join(folder, "next");
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  must(["dpkg-deb", "-R", deb, stage]);
  const control = join(stage, "DEBIAN/control");
  const text = readFileSync(control, "utf8");
  writeFileSync(control, text.replace(/^Version: .*$/m, `Version: ${nextVersion}`));
  const output = join(folder, `sallyport_${nextVersion}_amd64.deb`);
  must(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", stage, output], {
    deadlineMs: 120_000,
  });
  rmSync(stage, { recursive: true });
  return output;
}
