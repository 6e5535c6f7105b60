/** Tells which program keeps a Linux system up to date. */
import type { PackageManager } from "#shared/posture/package-tool.ts";

/** Whether something says that the system is updated as one image. */
export interface ImageSigns {
  readonly ostree: boolean;
  readonly transactional: boolean;
}

/** Names that ID and ID_LIKE of os-release have for each. */
const families: readonly (readonly [PackageManager, readonly string[]])[] = [
  ["apt", ["debian", "ubuntu"]],
  ["dnf", ["fedora", "rhel", "centos"]],
  ["zypper", ["suse", "opensuse"]],
  ["pacman", ["arch"]],
];

/** Returns the program by the assignments of os-release; null where we know none. */
export function packageManagerOf(
  release: ReadonlyMap<string, string>,
  signs: ImageSigns,
): PackageManager | null {
  if (signs.ostree) return "rpm-ostree";
  const names = `${release.get("ID") ?? ""} ${release.get("ID_LIKE") ?? ""}`.split(" ");
  const found = families.find(([, own]) => own.some((name) => names.includes(name)));
  if (found?.[0] === "zypper" && signs.transactional) return "transactional-update";
  return found?.[0] ?? null;
}
