/**
 * Notices that something moved and says which signals to look at again. It reads nothing: an event
 * that is lost costs time until the floor poll, never truth.
 */
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { watchPlaces } from "./place-watch.ts";
import type { Place } from "./place-watch.ts";

/** What to tell and what to ask. */
export interface SystemWatchOptions {
  readonly changed: (signals: readonly string[]) => void;
  readonly onLost: (place: string, because: string) => void;
}

/** What the end of a product's process moves. */
export const protection = ["edr.running", "edr.healthy"];
const services = edrCatalogue
  .filter((product) => product.os === "linux")
  .flatMap((product) => product.services)
  .map((name) => name.replace(/[.@]/g, "\\$&"));

/** Folders, not files: package tools replace files, and a watch on a file dies with it. */
const places: readonly Place[] = [
  {
    folder: "/var/lib/dpkg",
    names: /^status/,
    signals: ["os.security_updates", "os.held_packages"],
  },
  { folder: "/var/lib/rpm", signals: ["os.security_updates", "os.held_packages"] },
  { folder: "/usr/lib/sysimage/rpm", signals: ["os.security_updates", "os.held_packages"] },
  { folder: "/var/lib/pacman/local", signals: ["os.security_updates", "os.held_packages"] },
  { folder: "/etc/ssl/certs", signals: ["certificates.extra_roots"] },
  { folder: "/etc/pki/ca-trust/source/anchors", signals: ["certificates.extra_roots"] },
  { folder: "/var/lib/apt/lists/partial", signals: ["os.update_source_age_hours"] },
  { folder: "/run", names: /^reboot-(required|needed)/, signals: ["os.reboot_pending"] },
  {
    folder: "/run/ostree",
    names: /^staged-deployment$/,
    signals: ["os.reboot_pending", "os.security_updates"],
  },
  { folder: "/etc", names: /^os-release/, signals: ["os.version"] },
  { folder: "/etc", names: /^(passwd|group|sudoers)$/, signals: ["users.admins"] },
  { folder: "/etc/sallyport", names: /^checks\.json$/, signals: ["checks.passed"] },
  { folder: "/etc/sudoers.d", signals: ["users.admins"] },
  { folder: "/boot", names: /^vmlinuz-/, signals: ["os.reboot_pending"] },
  { folder: "/var/lib/clamav", names: /^daily/, signals: ["edr.signature_age_hours"] },
  {
    folder: "/sys/fs/cgroup/system.slice",
    names: new RegExp(`^(${services.join("|")})\\.service$`),
    signals: protection,
  },
];

/** Signals that some place here tells of; netd tells of the firewall and of our own routes. */
export const placedSignals: ReadonlySet<string> = new Set(places.flatMap(({ signals }) => signals));

/** Starts watching; returns what ends it. */
export function watchSystem(options: SystemWatchOptions): () => void {
  return watchPlaces(places, options);
}
