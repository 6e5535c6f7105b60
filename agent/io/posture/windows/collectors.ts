/**
 * Readers of Windows. Written after vendors' documents and recorded outputs; `docs/signals.md` marks
 * them as not run on a real machine.
 */
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { Reading } from "#shared/posture/fact.ts";
import { judgeWindowsScreen } from "../../../core/posture/screen.ts";
import { runningServices, serviceProducts } from "../../../core/posture/windows/services.ts";
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
import { judgeWindowsUptime } from "../../../core/posture/windows/safeguards.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import type { Readings } from "./ask.ts";
import * as queries from "./queries.ts";
import { servicesQuery } from "./safeguard-queries.ts";
import { collectWindowsAutologin, collectWindowsDeviceGuard } from "./safeguards.ts";

/** An offline search of Windows Update on a slow machine. */
const updatesDeadlineMs = 120_000;

/** Version and support. */
export async function collectWindowsRelease(): Promise<readonly Observation[]> {
  const today = new Date().toISOString().slice(0, 10);
  const release = await ask(queries.releaseQuery, (answer) => {
    const { product, version, supported, daysLeft } = judgeWindowsRelease(answer, today);
    return [
      ["os.product", product],
      ["os.version", version],
      ["os.supported", supported],
      ["os.support_days_left", daysLeft],
      ["os.uptime_days", judgeWindowsUptime(answer)],
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
  return [...boot, ...tpm, ...(await collectWindowsDeviceGuard())];
}

/** Endpoint protection. */
export async function collectWindowsProtection(): Promise<readonly Observation[]> {
  const services = await ask(servicesQuery, (answer) => {
    const running = runningServices(answer);
    const products = running === null ? null : serviceProducts(edrCatalogue, running);
    return [
      [
        "edr.products",
        products === null
          ? { kind: "unknown", reason: "parse" }
          : { kind: "known", value: products.map(({ id }) => id).sort() },
      ],
    ];
  });
  const found = services[0]?.fact.reading;
  const ids = found?.kind === "known" && Array.isArray(found.value) ? found.value : [];
  const others = ids.some((id: unknown) => !String(id).startsWith("defender"));
  const judged = await ask(queries.protectionQuery, (answer) => {
    const { running, healthy, signatureAge, engines } = judgeWindowsProtection(answer, others);
    return [
      ["edr.running", running],
      ["edr.healthy", healthy],
      ["edr.signature_age_hours", signatureAge],
      ["edr.engines", engines],
    ];
  });
  return [...services, ...judged];
}

/** Administrators and automatic sign-in. */
export async function collectWindowsUsers(): Promise<readonly Observation[]> {
  const admins = await ask(queries.adminsQuery, (answer) => {
    const admins = readNames(answer);
    const reading = (value: number | readonly string[]): Reading =>
      admins === null ? { kind: "unknown", reason: "parse" } : { kind: "known", value };
    return [
      ["users.admins", reading(admins ?? [])],
      ["users.admin_count", reading(admins?.length ?? 0)],
    ];
  });
  return [...admins, ...(await collectWindowsAutologin())];
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
