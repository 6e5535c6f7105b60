// Parts of the machine that the posture bench may change: copies, seen in our own mount namespace only.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { isSecurityOrigin, readInstallLine } from "../../agent/core/posture/linux/apt.ts";
import { mustRunNow } from "../lab/command.ts";
import { monotonicMs } from "../lab/clock.ts";
import { coverPlace, replaceFile } from "../lab/staged-place.ts";

/** What may be changed; rounds alternate between bad and good. */
export interface Stage {
  /** Starts a program at the place of a known product's. */
  startProtection(): Promise<void>;
  /** Ends it; returns when it was gone. */
  stopProtection(): Promise<number>;
  holdPackage(round: number): number;
  /** Installs a pending security update and takes it back; null where none is pending. */
  readonly updatePackage: ((round: number) => number) | null;
  /** Puts a package to a version that apt did not name: only apt can tell what follows. */
  turnBackPackage(): number;
  makeAdmin(round: number): number;
}

const sensor = "/opt/CrowdStrike/falcon-sensor";

/** Puts copies in the places that are watched. */
export function setStage(): Stage {
  const status = readFileSync("/var/lib/dpkg/status", "utf8");
  coverPlace("/opt");
  // Package files by the thousand are not needed, only the database itself.
  coverPlace("/var/lib/dpkg", { files: { status } });
  coverPlace("/etc", { copied: true });
  mkdirSync("/opt/CrowdStrike");
  copyFileSync("/usr/bin/sleep", sensor);
  let running: ChildProcess | null = null;
  const group = readFileSync("/etc/group", "utf8");
  const admins = group.replace(/^(sudo|wheel):(.*?):(.*?):.*$/m, "$1:$2:$3:nobody");
  const held = status.replace("Status: install ok installed", "Status: hold ok installed");
  const updated = withUpdate(status);
  const turnedBack = withVersion(status, /^Package: (\S+)$/m.exec(status)?.[1] ?? "", "0~bench");
  return {
    startProtection: async () => {
      running = spawn(sensor, ["infinity"], { stdio: "ignore" });
      await once(running, "spawn");
    },
    stopProtection: async () => {
      const ending = running;
      if (ending === null) return monotonicMs();
      ending.kill("SIGKILL");
      await once(ending, "exit");
      return monotonicMs();
    },
    holdPackage: (round) => replaceFile("/var/lib/dpkg/status", round % 2 === 0 ? held : status),
    updatePackage:
      updated === null
        ? null
        : (round) => replaceFile("/var/lib/dpkg/status", round % 2 === 0 ? updated : status),
    turnBackPackage: () => replaceFile("/var/lib/dpkg/status", turnedBack),
    makeAdmin: (round) => replaceFile("/etc/group", round % 2 === 0 ? admins : group),
  };
}

/** Returns dpkg's status after the first pending security update that replaces a package. */
function withUpdate(status: string): string | null {
  const simulation = mustRunNow(["/usr/bin/apt-get", "-s", "--ignore-hold", "dist-upgrade"]);
  for (const line of simulation.stdout.split("\n")) {
    const update = line.startsWith("Inst ") ? readInstallLine(line) : null;
    if (update === null || !isSecurityOrigin(update.origins)) continue;
    const changed = withVersion(status, update.name, update.version);
    if (changed !== status) return changed;
  }
  return null;
}

function withVersion(status: string, name: string, version: string): string {
  return status
    .split("\n\n")
    .map((paragraph) =>
      paragraph.startsWith(`Package: ${name}\n`)
        ? paragraph.replace(/^Version: .*$/m, `Version: ${version}`)
        : paragraph,
    )
    .join("\n\n");
}
