// A Debian root that boxes are overlays of: made once by mmdebstrap and kept under .cache/.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clone } from "../lab/program-path.ts";
import { must } from "./host-command.ts";

/** What the package depends on, and what the steps themselves use: a box has no network to ask. */
export const boxPackages = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "udev",
  "kmod",
  "iproute2",
  "iputils-ping",
  "nftables",
  "procps",
  "libatomic1",
  "libstdc++6",
  "sudo",
  "debconf",
  "apt-utils",
];

/** Returns where a suite's root with these packages is kept, made or not. */
export function rootFolder(suite: string, included: readonly string[]): string {
  const key = createHash("sha256").update(included.join()).digest("hex").slice(0, 8);
  return join(clone, ".cache", "systemd-root", `${suite}-${key}`);
}

/**
 * Returns the folder of a suite's root with these packages beside apt; it is made when missing,
 * which needs a Debian mirror.
 */
export function debianRoot(suite: string, included: readonly string[]): string {
  const folder = rootFolder(suite, included);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const archive = `${part}.tar`;
  const names = included.join(",");
  must(["mmdebstrap", "--quiet", "--variant=apt", `--include=${names}`, suite, archive], {
    deadlineMs: 1_800_000,
  });
  must(["tar", "-C", part, "-xf", archive], { deadlineMs: 120_000 });
  rmSync(archive);
  // Each boot is a machine of its own.
  writeFileSync(join(part, "etc/machine-id"), "");
  rmSync(join(part, "var/lib/dbus/machine-id"), { force: true });
  renameSync(part, folder);
  return folder;
}
