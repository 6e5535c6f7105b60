// Debian's packages, unpacked below .cache/ and never installed; a private container may lay them over
// the system.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { mustRunNow } from "../lab/command.ts";
import { clone, programPath } from "../lab/program-path.ts";

/** Runs a program and ends with its exit code when it fails. */
export function mustRun(file: string, args: readonly string[], options: object = {}): void {
  const { status } = spawnSync(file, args, { stdio: "inherit", ...options });
  if (status !== 0) process.exit(status ?? 1);
}

/** Where the files of a set of packages lie, by the name of the set. */
export function unpackedRoot(name: string): string {
  return join(clone, ".cache", name, "root");
}

/** Fetches the packages with apt and unpacks each where `placeOf` says, usually below the root. */
export function unpack(
  name: string,
  packages: readonly string[],
  placeOf: (file: string, root: string) => string = (_file, root) => root,
): void {
  const root = unpackedRoot(name);
  const folder = join(clone, ".cache", name);
  mkdirSync(folder, { recursive: true });
  mustRun(programPath("apt-get"), ["download", "--quiet", ...packages], { cwd: folder });
  for (const file of readdirSync(folder).filter((each) => each.endsWith(".deb"))) {
    mustRun(programPath("dpkg"), ["--extract", join(folder, file), placeOf(file, root)]);
  }
  // Older packages say /lib and /sbin, which are links into /usr on the system that they join.
  for (const old of ["lib", "sbin"].filter((each) => existsSync(join(root, each)))) {
    mustRun(programPath("cp"), ["--archive", `${join(root, old)}/.`, join(root, "usr", old)]);
  }
}

/** Lays the unpacked packages over the system, and what their scripts would have made of iptables. */
export function layOver(name: string): void {
  const root = unpackedRoot(name);
  const own = mkdtempSync(join("/run", `${name}-`));
  for (const place of ["usr", "etc"]) {
    const [upper, work] = [join(own, `${place}.upper`), join(own, `${place}.work`)];
    for (const made of [upper, work]) mkdirSync(made);
    const layers = `lowerdir=${join(root, place)}:/${place},upperdir=${upper},workdir=${work}`;
    mustRunNow([programPath("mount"), "-t", "overlay", "overlay", "-o", layers, `/${place}`]);
  }
  for (const family of ["iptables", "ip6tables"]) {
    for (const command of [family, `${family}-save`, `${family}-restore`]) {
      mustRunNow([programPath("ln"), "-sf", "xtables-nft-multi", `/usr/sbin/${command}`]);
    }
  }
  mustRunNow(["/usr/sbin/ldconfig"]);
}
