// cryptsetup and dmsetup of Debian 12, unpacked from their packages and never installed; kept in
// .cache/kernel beside the kernel that they talk to.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runNow } from "../lab/command.ts";
import { clone } from "../lab/program-path.ts";

const packages =
  "cryptsetup-bin libcryptsetup12 dmsetup libdevmapper1.02.1 libpopt0 libargon2-1 libjson-c5";
const store = join(clone, ".cache", "kernel");

/** Folders of an unpacked tree in which programs and their libraries lie. */
export interface CryptTools {
  readonly programs: readonly string[];
  readonly libraries: readonly string[];
}

/** Fetches them with apt at first; the text says what is missing. */
export function cryptTools(): CryptTools | string {
  const kept = join(store, "crypt-tools");
  if (!existsSync(kept)) {
    const lack = unpack(kept);
    if (lack !== null) return lack;
  }
  return {
    programs: ["cryptsetup", "dmsetup"].map((name) => join(kept, "sbin", name)),
    libraries: ["lib", "usr/lib"].map((folder) => join(kept, folder, "x86_64-linux-gnu")),
  };
}

function unpack(place: string): string | null {
  mkdirSync(store, { recursive: true });
  const draft = mkdtempSync(join(store, "draft-"));
  const chdir = ["/usr/bin/env", "--chdir", draft];
  const steps = [
    [...chdir, "/usr/bin/apt-get", "-qq", "download", ...packages.split(" ")],
    ["/bin/sh", "-c", 'for each in "$0"/*.deb; do dpkg-deb -x "$each" "$0" || exit 1; done', draft],
  ];
  for (const step of steps) {
    const result = runNow(step, { deadlineMs: 300_000 });
    if (result.exitCode === 0) continue;
    rmSync(draft, { recursive: true });
    return `cryptsetup of Debian 12: ${result.stderr.trim().split("\n").at(-1) ?? "not to be had"}`;
  }
  renameSync(draft, place);
  return null;
}
