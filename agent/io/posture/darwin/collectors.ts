/**
 * Readers of a Mac. Written after vendors' documents and recorded outputs; `docs/signals.md` marks
 * them as not run on a real machine.
 */
import {
  judgeFileVault,
  judgeMacFirewall,
  judgeMacRelease,
  judgeMacSecureBoot,
  judgeMacUpdates,
  readMacAdmins,
  readMacPorts,
} from "../../../core/posture/darwin/system.ts";
import { judgeMacAutologin, judgeMacUptime } from "../../../core/posture/darwin/safeguards.ts";
import type { Observation } from "../observation.ts";
import { judged, output, plistOf, told } from "./output.ts";

/** system_profiler gathers for seconds on a busy Mac. */
const profilerDeadlineMs = 15_000;

/** Version and support. */
export async function collectMacRelease(): Promise<readonly Observation[]> {
  const from = await plistOf("/System/Library/CoreServices/SystemVersion.plist");
  const readings = judgeMacRelease(from.text, new Date().toISOString().slice(0, 10));
  const boot = await output("/usr/sbin/sysctl", ["-n", "kern.boottime"]);
  return [
    ...told(
      [
        ["os.product", { kind: "known", value: "macos" }],
        ["os.version", judged(from, () => readings.version)],
        ["os.supported", judged(from, () => readings.supported)],
        ["os.support_days_left", judged(from, () => readings.daysLeft)],
      ],
      [from],
    ),
    ...told(
      [["os.uptime_days", judged(boot, () => judgeMacUptime(boot.text, Date.now()))]],
      [boot],
    ),
  ];
}

/** Pending updates from what Software Update already knows. */
export async function collectMacPatches(): Promise<readonly Observation[]> {
  const from = await plistOf("/Library/Preferences/com.apple.SoftwareUpdate.plist");
  const readings = judgeMacUpdates(from.text, Date.now(), Date.parse);
  return told(
    [
      ["os.security_updates", judged(from, () => readings.updates)],
      ["os.update_source_age_hours", judged(from, () => readings.sourceAge)],
      ["os.auto_update", judged(from, () => readings.automatic)],
    ],
    [from],
  );
}

/** FileVault of the data volume. */
export async function collectMacDisk(): Promise<readonly Observation[]> {
  const volume = await output("/usr/sbin/diskutil", ["info", "-plist", "/System/Volumes/Data"]);
  const status = await output("/usr/bin/fdesetup", ["status"]);
  const failed = volume.failed === null ? status : volume;
  const reading = judged(failed, () => judgeFileVault(volume.text, status.text));
  return told([["disk.encrypted", reading]], [volume, status]);
}

/** The application firewall. */
export async function collectMacFirewall(): Promise<readonly Observation[]> {
  const tool = "/usr/libexec/ApplicationFirewall/socketfilterfw";
  const from = await output(tool, ["--getglobalstate"]);
  return told([["firewall.enabled", judged(from, () => judgeMacFirewall(from.text))]], [from]);
}

/** Secure boot of the security chip. */
export async function collectMacSecureBoot(): Promise<readonly Observation[]> {
  const args = ["-json", "SPiBridgeDataType"];
  const from = await output("/usr/sbin/system_profiler", args, {
    deadlineMs: profilerDeadlineMs,
  });
  return told([["boot.secure", judged(from, () => judgeMacSecureBoot(from.text))]], [from]);
}

/** Administrators. */
export async function collectMacUsers(): Promise<readonly Observation[]> {
  const args = [".", "-read", "/Groups/admin", "GroupMembership"];
  const from = await output("/usr/bin/dscl", args);
  const admins = readMacAdmins(from.text);
  const reading = (value: number | readonly string[]) =>
    judged(from, () =>
      admins === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value },
    );
  const login = await plistOf("/Library/Preferences/com.apple.loginwindow.plist");
  return [
    ...told(
      [
        ["users.admins", reading(admins ?? [])],
        ["users.admin_count", reading(admins?.length ?? 0)],
      ],
      [from],
    ),
    ...told([["users.autologin", judged(login, () => judgeMacAutologin(login.text))]], [login]),
  ];
}

/** Listening TCP ports. */
export async function collectMacPorts(): Promise<readonly Observation[]> {
  const from = await output("/usr/sbin/lsof", ["-nP", "-iTCP", "-sTCP:LISTEN", "-F", "n"]);
  const ports = readMacPorts(from.text);
  const reading = judged(from, () =>
    ports === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value: ports },
  );
  return told([["ports.listening", reading]], [from]);
}
