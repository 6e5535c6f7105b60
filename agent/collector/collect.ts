/** Which reader serves which signals, for the collector process. */
import {
  collectMacDisk,
  collectMacFirewall,
  collectMacPatches,
  collectMacPorts,
  collectMacRelease,
  collectMacUsers,
} from "../io/posture/darwin/collectors.ts";
import { collectMacProtection } from "../io/posture/darwin/protection.ts";
import {
  collectMacBoot,
  collectMacHardware,
  collectMacManagement,
  collectMacScreen,
  collectMacSoftware,
} from "../io/posture/darwin/safeguards.ts";
import { collectCertificates } from "../io/posture/linux/certificates.ts";
import { collectDisk } from "../io/posture/linux/disk.ts";
import { collectHardware } from "../io/posture/linux/hardware.ts";
import { collectIntegrity } from "../io/posture/linux/integrity.ts";
import { collectManagement } from "../io/posture/linux/management.ts";
import { collectPatches } from "../io/posture/linux/patches.ts";
import { collectPorts } from "../io/posture/linux/ports.ts";
import type { WatchedProcess } from "../io/posture/linux/processes.ts";
import { collectProtection } from "../io/posture/linux/protection.ts";
import { collectRelease } from "../io/posture/linux/release.ts";
import { collectScreen } from "../io/posture/linux/screen.ts";
import { collectSoftware } from "../io/posture/linux/software.ts";
import { collectUsers } from "../io/posture/linux/users.ts";
import type { Observation } from "../io/posture/observation.ts";
import {
  collectWindowsBoot,
  collectWindowsDisk,
  collectWindowsFirewall,
  collectWindowsPatches,
  collectWindowsPorts,
  collectWindowsProtection,
  collectWindowsRelease,
  collectWindowsScreen,
  collectWindowsUsers,
} from "../io/posture/windows/collectors.ts";
import {
  collectWindowsHardware,
  collectWindowsManagement,
  collectWindowsSoftware,
} from "../io/posture/windows/safeguards.ts";

/** Facts and the processes on which some of them stand. */
export interface Findings {
  readonly observations: readonly Observation[];
  readonly watched: readonly WatchedProcess[];
}

interface Reader {
  readonly signals: RegExp;
  readonly read: () => Promise<Findings>;
}

const reader = (signals: RegExp, read: () => Promise<readonly Observation[]>): Reader => ({
  signals,
  read: async () => ({ observations: await read(), watched: [] }),
});

const release = /^os\.(product|version|supported|support_days_left|uptime_days|reboot_pending)$/;
const patches = /^os\.(security_updates|update_source_age_hours|auto_update)$/;
const boot = /^(boot|tpm|kernel|lsm|apps)\.|^os\.kernel$/;
const management = /^(mdm|domain)\./;
const software = /^os\.held_packages$|^browsers\./;
const hardware = /^hardware\./;

const readers: Readonly<Partial<Record<NodeJS.Platform, readonly Reader[]>>> = {
  linux: [
    reader(release, collectRelease),
    reader(patches, collectPatches),
    reader(/^disk\./, () => collectDisk()),
    { signals: /^edr\./, read: collectProtection },
    reader(boot, collectIntegrity),
    reader(/^users\./, collectUsers),
    reader(/^screen\./, collectScreen),
    reader(/^ports\./, collectPorts),
    reader(management, collectManagement),
    reader(/^certificates\./, () => collectCertificates()),
    reader(software, collectSoftware),
    reader(hardware, () => collectHardware()),
  ],
  darwin: [
    reader(release, collectMacRelease),
    reader(patches, collectMacPatches),
    reader(/^disk\./, collectMacDisk),
    reader(/^firewall\./, collectMacFirewall),
    reader(/^edr\./, collectMacProtection),
    reader(boot, collectMacBoot),
    reader(/^users\./, collectMacUsers),
    reader(/^ports\./, collectMacPorts),
    reader(/^screen\./, collectMacScreen),
    reader(management, collectMacManagement),
    reader(software, collectMacSoftware),
    reader(hardware, collectMacHardware),
  ],
  win32: [
    reader(release, collectWindowsRelease),
    reader(patches, collectWindowsPatches),
    reader(/^disk\./, collectWindowsDisk),
    reader(/^firewall\./, collectWindowsFirewall),
    reader(/^edr\./, collectWindowsProtection),
    reader(boot, collectWindowsBoot),
    reader(/^users\./, collectWindowsUsers),
    reader(/^screen\./, collectWindowsScreen),
    reader(/^ports\./, collectWindowsPorts),
    reader(management, collectWindowsManagement),
    reader(software, collectWindowsSoftware),
    reader(hardware, collectWindowsHardware),
  ],
};

/** Reads everything that the signals need on this system, one reader after the other. */
export async function collect(signals: readonly string[]): Promise<Findings> {
  const observations: Observation[] = [];
  const watched: WatchedProcess[] = [];
  for (const { signals: served, read } of readers[process.platform] ?? []) {
    if (!signals.some((signal) => served.test(signal))) continue;
    const findings = await read();
    observations.push(...findings.observations);
    watched.push(...findings.watched);
  }
  return { observations, watched };
}
