// The kernel of Debian 12 (6.1), unpacked from its package and never installed: older than 6.12, with
// WireGuard as a module. Kept in .cache/kernel by its version.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runNow } from "../lab/command.ts";
import { clone } from "../lab/program-path.ts";

/** `folder` has boot/ and lib/modules/<release>/. */
export interface UnpackedKernel {
  readonly folder: string;
  readonly release: string;
  readonly image: string;
}

/** Where Debian's kernel was found, or why not. */
export type KernelSearch =
  | { readonly kind: "found"; readonly kernel: UnpackedKernel }
  | { readonly kind: "lacks"; readonly line: string };

const wantedSeries = "6.1.";
const metaPackage = "linux-image-cloud-amd64";
const store = join(clone, ".cache", "kernel");

/** Fetches it with apt at first; needs a Debian 12 source, but no root. */
export function debianKernel(): KernelSearch {
  const kept = readKept();
  if (kept !== undefined) return { kind: "found", kernel: kept };
  if (!existsSync("/usr/bin/apt-get")) return lacks("no apt-get to fetch Debian's kernel with");
  const name = kernelPackage();
  if (name === undefined) {
    return lacks(`apt offers no ${metaPackage} ${wantedSeries}x (run: apt-get update)`);
  }
  process.stderr.write(`fetching ${name} (27 MB, once)\n`);
  return unpack(name);
}

/** The package that the meta package stands for, when it is of the wanted series. */
function kernelPackage(): string | undefined {
  const { stdout } = runNow(["/usr/bin/apt-cache", "depends", metaPackage]);
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  return name?.startsWith(`linux-image-${wantedSeries}`) === true ? name : undefined;
}

function unpack(name: string): KernelSearch {
  mkdirSync(store, { recursive: true });
  const draft = mkdtempSync(join(store, "draft-"));
  const steps = [
    ["/usr/bin/env", "--chdir", draft, "/usr/bin/apt-get", "-qq", "download", name],
    ["/bin/sh", "-c", 'exec dpkg-deb -x "$0"/*.deb "$0"', draft],
    ["/usr/sbin/depmod", "-b", draft, name.replace("linux-image-", "")],
  ];
  for (const step of steps) {
    const result = runNow(step, { deadlineMs: 300_000 });
    if (result.exitCode !== 0) {
      rmSync(draft, { recursive: true });
      return lacks(`${step.slice(0, 4).join(" ")}: ${result.stderr.trim().split("\n").at(-1)}`);
    }
  }
  const kept = join(store, name);
  rmSync(kept, { recursive: true, force: true });
  renameSync(draft, kept);
  const kernel = readKept();
  return kernel === undefined ? lacks(`${name} holds no kernel`) : { kind: "found", kernel };
}

function readKept(): UnpackedKernel | undefined {
  const names = existsSync(store) ? readdirSync(store) : [];
  const name = names.find((entry) => entry.startsWith(`linux-image-${wantedSeries}`));
  if (name === undefined) return undefined;
  const release = name.replace("linux-image-", "");
  const image = join(store, name, "boot", `vmlinuz-${release}`);
  return existsSync(image) ? { folder: join(store, name), release, image } : undefined;
}

function lacks(line: string): KernelSearch {
  return { kind: "lacks", line };
}
