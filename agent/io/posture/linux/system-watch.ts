/**
 * Notices that something moved and says which signals to look at again. It reads nothing: an event
 * that is lost costs time until the floor poll, never truth.
 */
import { statSync } from "node:fs";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { watchPlaces } from "./place-watch.ts";
import type { Place } from "./place-watch.ts";
import type { WatchedProcess } from "./processes.ts";

/** What to tell and what to ask. */
export interface SystemWatchOptions {
  readonly changed: (signals: readonly string[]) => void;
  /** Processes whose end matters now. */
  readonly watched: () => readonly WatchedProcess[];
  readonly onLost: (place: string, because: string) => void;
}

const protection = ["edr.running", "edr.healthy"];
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
  { folder: "/run", names: /^reboot-required/, signals: ["os.reboot_pending"] },
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

/** How often the end of a watched process is looked for (one `stat` each), and how often without any. */
const lifeCheckMs = { watching: 250, idle: 5_000 } as const;

/** Starts watching; returns what ends it. */
export function watchSystem(options: SystemWatchOptions): () => void {
  const endPlaces = watchPlaces(places, options);
  const endLives = watchLives(options);
  return () => {
    endLives();
    endPlaces();
  };
}

function watchLives(options: SystemWatchOptions): () => void {
  let missed: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const check = () => {
    const watched = options.watched();
    const gone = watched.find(({ pid }) => !isThere(`/proc/${pid}`));
    if (gone !== undefined && gone.pid !== missed) options.changed(protection);
    missed = gone?.pid ?? null;
    timer = setTimeout(check, watched.length > 0 ? lifeCheckMs.watching : lifeCheckMs.idle);
    timer.unref();
  };
  check();
  return () => {
    clearTimeout(timer);
  };
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
