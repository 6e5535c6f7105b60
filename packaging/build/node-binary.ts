import { createHash, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.ts";
import type { Target } from "./target.ts";

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string }>
  >;
}

/**
 * Returns the path of a target's Node executable, taken from the npm package that the lockfile names.
 * The archive is refused unless its digest is the lockfile's.
 */
export async function nodeBinary(target: Target, cache: string): Promise<string> {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lockfile;
  const locked = lock.packages[`node_modules/${target.nodePackage}`];
  if (locked?.version === undefined || locked.integrity === undefined) {
    throw new Error(`the lockfile has no \`${target.nodePackage}\``);
  }
  const folder = join(cache, `${target.nodePackage}-${locked.version}`);
  const binary = join(folder, "package", target.nodeBinary);
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const packed = await run("npm", [
    "pack",
    "--silent",
    "--pack-destination",
    folder,
    `${target.nodePackage}@${locked.version}`,
  ]);
  const archive = join(folder, packed.trim().split("\n").at(-1) ?? "");
  checkIntegrity(readFileSync(archive), locked.integrity, target.nodePackage);
  await run("tar", ["-xzf", archive, "-C", folder, "package"]);
  renameSync(archive, join(folder, "archive.tgz"));
  return binary;
}

function checkIntegrity(bytes: Uint8Array, integrity: string, name: string): void {
  const [algorithm = "", expected = ""] = integrity.split("-", 2);
  const actual = createHash(algorithm).update(bytes).digest();
  const wanted = Buffer.from(expected, "base64");
  if (actual.length !== wanted.length || !timingSafeEqual(actual, wanted)) {
    throw new Error(`the archive of \`${name}\` is not the one that the lockfile names`);
  }
}
