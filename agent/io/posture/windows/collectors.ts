/**
 * Readers of Windows. Written after vendors' documents and recorded outputs; `docs/signals.md` marks
 * them as not run on a real machine.
 */
import type { Reading } from "#shared/posture/fact.ts";
import { judgeWindowsScreen } from "../../../core/posture/screen.ts";
import { judgeWindowsProtection } from "../../../core/posture/windows/protection.ts";
import {
  judgeBitLocker,
  judgeWindowsAutoUpdate,
  judgeWindowsFirewall,
  judgeWindowsReboot,
  judgeWindowsRelease,
  judgeWindowsSecureBoot,
  judgeWindowsTpm,
  judgeWindowsUpdates,
  readNames,
} from "../../../core/posture/windows/system.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { query } from "./powershell.ts";
import * as queries from "./queries.ts";

type Readings = readonly (readonly [signal: string, reading: Reading])[];

/** An offline search of Windows Update on a slow machine. */
const updatesDeadlineMs = 120_000;

async function ask(
  script: string,
  judge: (answer: unknown) => Readings,
  deadlineMs?: number,
): Promise<readonly Observation[]> {
  const { answer, text, tool, tookMs, failed } = await query(script, deadlineMs);
  const readings = judge(answer);
  const told: Readings =
    failed === null
      ? readings
      : readings.map(([signal]) => [signal, { kind: "unknown", reason: failed }]);
  const source = { collector: "windows", collectorVersion: 1, by: "os" } as const;
  return observe(told, { ...source, text, tookMs, tool });
}

/** Version and support. */
export async function collectWindowsRelease(): Promise<readonly Observation[]> {
  const today = new Date().toISOString().slice(0, 10);
  const release = await ask(queries.releaseQuery, (answer) => {
    const { version, supported } = judgeWindowsRelease(answer, today);
    return [
      ["os.version", version],
      ["os.supported", supported],
    ];
  });
  const reboot = await ask(queries.rebootQuery, (answer) => [
    ["os.reboot_pending", judgeWindowsReboot(answer)],
  ]);
  return [...release, ...reboot];
}

/** Pending and automatic updates. */
export async function collectWindowsPatches(): Promise<readonly Observation[]> {
  const judge = (answer: unknown): Readings => {
    const { updates, sourceAge } = judgeWindowsUpdates(answer);
    return [
      ["os.security_updates", updates],
      ["os.update_source_age_hours", sourceAge],
    ];
  };
  const updates = await ask(queries.updatesQuery, judge, updatesDeadlineMs);
  const automatic = await ask(queries.autoUpdateQuery, (answer) => [
    ["os.auto_update", judgeWindowsAutoUpdate(answer)],
  ]);
  return [...updates, ...automatic];
}

/** BitLocker. */
export function collectWindowsDisk(): Promise<readonly Observation[]> {
  return ask(queries.bitLockerQuery, (answer) => [["disk.encrypted", judgeBitLocker(answer)]]);
}

/** Windows Firewall. */
export function collectWindowsFirewall(): Promise<readonly Observation[]> {
  return ask(queries.firewallQuery, (answer) => [
    ["firewall.enabled", judgeWindowsFirewall(answer)],
  ]);
}

/** Secure Boot and TPM. */
export async function collectWindowsBoot(): Promise<readonly Observation[]> {
  const boot = await ask(queries.secureBootQuery, (answer) => [
    ["boot.secure", judgeWindowsSecureBoot(answer)],
  ]);
  const tpm = await ask(queries.tpmQuery, (answer) => [["tpm.present", judgeWindowsTpm(answer)]]);
  return [...boot, ...tpm];
}

/** Endpoint protection. */
export function collectWindowsProtection(): Promise<readonly Observation[]> {
  return ask(queries.protectionQuery, (answer) => {
    const { running, healthy, signatureAge } = judgeWindowsProtection(answer);
    return [
      ["edr.running", running],
      ["edr.healthy", healthy],
      ["edr.signature_age_hours", signatureAge],
    ];
  });
}

/** Administrators. */
export function collectWindowsUsers(): Promise<readonly Observation[]> {
  return ask(queries.adminsQuery, (answer) => {
    const admins = readNames(answer);
    const reading = (value: number | readonly string[]): Reading =>
      admins === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value };
    return [
      ["users.admins", reading(admins ?? [])],
      ["users.admin_count", reading(admins?.length ?? 0)],
    ];
  });
}

/** Locking of screens. */
export function collectWindowsScreen(): Promise<readonly Observation[]> {
  return ask(queries.screenQuery, (answer) => [["screen.locks", judgeWindowsScreen(answer)]]);
}

/** Listening ports. */
export function collectWindowsPorts(): Promise<readonly Observation[]> {
  return ask(queries.portsQuery, (answer) => {
    const ports = readNames(answer);
    return [
      [
        "ports.listening",
        ports === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value: ports },
      ],
    ];
  });
}
