/** Which collector reads which signals, how long it may take and how often it runs without any event. */
import { catalogue } from "#shared/posture/catalogue.ts";
import type { OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import type { CollectorName } from "./collection.ts";

/** Signals that are read together. */
export interface Group {
  readonly collector: CollectorName;
  readonly signals: readonly string[];
  readonly deadlineMs: number;
  readonly floorPollMs: number;
}

const collectorOf: Readonly<Record<string, CollectorName>> = {
  "firewall.enabled": "firewall",
  "firewall.ipv4": "firewall",
  "firewall.ipv6": "firewall",
  "os.product": "release",
  "os.support_days_left": "release",
  "os.uptime_days": "release",
  "firewall.published_ports": "published",
  "edr.running": "presence",
  "edr.products": "protection",
  "edr.healthy": "protection",
  "edr.signature_age_hours": "protection",
  "os.version": "release",
  "os.supported": "release",
  "os.reboot_pending": "release",
  "os.security_updates": "patches",
  "os.update_source_age_hours": "patches",
  "disk.encrypted": "disk",
  "boot.secure": "integrity",
  "tpm.present": "integrity",
  "kernel.lockdown": "integrity",
  "kernel.tainted": "integrity",
  "kernel.signed_modules_only": "integrity",
  "lsm.enforcing": "integrity",
  "kernel.tainting_modules": "integrity",
  "kernel.third_party_extensions": "integrity",
  "boot.sip": "integrity",
  "boot.sealed_volume": "integrity",
  "apps.gatekeeper": "integrity",
  "boot.virtualization_security": "integrity",
  "kernel.memory_integrity": "integrity",
  "boot.test_signing": "integrity",
  "os.kernel": "integrity",
  "users.admins": "users",
  "users.admin_count": "users",
  "users.autologin": "users",
  "screen.locks": "screen",
  "ports.listening": "ports",
  "os.auto_update": "patches",
  "mdm.enrolled": "management",
  "mdm.tools": "management",
  "domain.joined": "management",
  "certificates.extra_roots": "certificates",
  "os.held_packages": "software",
  "browsers.installed": "software",
  "checks.passed": "checks",
  "checks.failed": "checks",
  "hardware.vendor": "hardware",
  "hardware.model": "hardware",
  "hardware.serials": "hardware",
  "agent.version": "self",
};

const deadlinesMs: Readonly<Record<CollectorName, number>> = {
  firewall: 5_000,
  published: 15_000,
  presence: 15_000,
  protection: 30_000,
  release: 15_000,
  // Package tools may take two minutes on a loaded machine.
  patches: 150_000,
  disk: 15_000,
  integrity: 15_000,
  users: 15_000,
  screen: 30_000,
  ports: 15_000,
  management: 30_000,
  certificates: 15_000,
  software: 30_000,
  hardware: 15_000,
  checks: 30_000,
  self: 5_000,
};

/** Returns the groups of an operating system; signals that others report have none. */
export function groupsOf(os: OperatingSystem): readonly Group[] {
  const names = Object.keys(deadlinesMs) as CollectorName[];
  return names.flatMap((collector) => {
    const entries = catalogue.filter(
      (entry) => collectorOf[entry.signal] === collector && entry.os.includes(os),
    );
    if (entries.length === 0) return [];
    return [
      {
        collector,
        signals: entries.map((entry) => entry.signal),
        deadlineMs: deadlinesMs[collector],
        floorPollMs: Math.min(...entries.map((entry) => entry.floorPollMs)),
      },
    ];
  });
}
