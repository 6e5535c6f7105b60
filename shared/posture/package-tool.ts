/** Programs that keep a Linux system up to date, as `os.package_manager` has them. */
export const packageManagers = [
  "apt",
  "dnf",
  "zypper",
  "pacman",
  "rpm-ostree",
  "transactional-update",
] as const;

/** One of them. */
export type PackageManager = (typeof packageManagers)[number];
