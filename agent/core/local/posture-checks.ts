/** What `doctor` says about signals that cannot be read: one line for each reason, with its fix. */
import { entryOf } from "#shared/posture/catalogue.ts";
import type { OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import type { UnknownReason } from "#shared/posture/fact.ts";
import { fixTextOf } from "#shared/posture/fix-text.ts";
import { type PackageManager, packageManagers } from "#shared/posture/package-tool.ts";
import { factsOf } from "../posture/posture.ts";
import type { PostureState } from "../posture/posture-state.ts";
import type { Check } from "./check.ts";

interface Advice {
  readonly detail: string;
  readonly fix?: string;
  /** Where the fix belongs to the machine: by the signal whose fix it is, or by what updates the machine. */
  readonly fixOf?: string;
  readonly fixBy?: Readonly<Partial<Record<PackageManager, string>>>;
  /** Where each system has its own. */
  readonly fixOn?: Readonly<Record<OperatingSystem, string>>;
}

const advice: Readonly<Record<UnknownReason, Advice>> = {
  tool_missing: {
    detail: "the program that tells is not installed",
    fix: "install it: `sallyport posture --evidence SIGNAL` names it",
  },
  permission: {
    detail: "only root may read it",
    fixOn: {
      linux: "let the collector run as root: `systemctl enable --now sallyport-collector.socket`",
      darwin: "send `sallyport posture --evidence SIGNAL` to your administrator",
      windows: "send `sallyport posture --evidence SIGNAL` to your administrator",
    },
  },
  timeout: {
    detail: "the answer did not come in time",
    fix: "run `sallyport recheck` when the machine is less busy",
  },
  parse: {
    detail: "the answer was not understood",
    fix: "send `sallyport posture --evidence SIGNAL` to your administrator",
  },
  stale_source: {
    detail: "the system's own information is too old",
    fixOf: "os.update_source_age_hours",
  },
  unsupported_os: { detail: "this system is not one that Sallyport can read" },
  conflict: {
    detail: "two sources contradict each other",
    fix: "`sallyport posture --evidence SIGNAL` shows both",
  },
  tampered_tool: {
    detail: "the program that tells could be changed by others than root, so it is not run",
    fix: "reinstall it, and take write access to its folder from everybody but root",
  },
  network_fs: { detail: "it lies on a network file system" },
  no_data: { detail: "this machine does not tell" },
  rate_limited: {
    detail: "it changes all the time",
    fix: "find what changes it; Sallyport looks again in a few seconds",
  },
};

/** What is missing where a Linux machine does not tell, by signal; the others are not worth a word. */
const missing: readonly (Advice & { readonly signals: readonly string[] })[] = [
  {
    signals: ["kernel.lockdown", "lsm.enforcing"],
    detail: "securityfs is not mounted, or the kernel is built without it",
    fix: "`sudo mount -t securityfs securityfs /sys/kernel/security`",
  },
  {
    signals: ["kernel.signed_modules_only"],
    detail: "the kernel does not show whether it takes unsigned modules (no module support)",
  },
  {
    signals: ["boot.secure"],
    detail: "the firmware's variables are not mounted",
    fix: "`sudo mount -t efivarfs efivarfs /sys/firmware/efi/efivars`",
  },
  {
    signals: ["hardware.vendor", "hardware.model", "hardware.serials"],
    detail: "the firmware names none, as in many virtual machines, or left a placeholder",
  },
  {
    signals: ["os.security_updates"],
    detail: "no source of security updates is set, or it does not mark them",
    fixBy: {
      apt: "`apt-cache policy` lists the sources: add the distribution's own for security",
      dnf: "`dnf repolist` lists the sources: add the distribution's own for updates",
      zypper: "`zypper repos` lists the sources: add the distribution's own for updates",
    },
  },
  {
    signals: ["os.reboot_pending"],
    detail: "nothing here marks a due restart, and no installed kernel is to be compared with",
    fixBy: { apt: "`sudo apt install unattended-upgrades`: it marks a due restart" },
  },
  {
    signals: ["screen.locks"],
    detail: "logind tells of no sessions, or the desktop is one that Sallyport does not know",
  },
  {
    signals: ["edr.signature_age_hours", "edr.engines", "edr.healthy"],
    detail: "no running product says it of itself",
  },
  {
    signals: ["disk.encrypted", "disk.homes_encrypted"],
    detail: "the file system does not show its disks, or its files cannot be asked",
  },
  {
    signals: ["mdm.enrolled"],
    detail: "a management product is installed, but nothing proves that it is enrolled",
  },
];

/** Returns what is to be said of a signal, and under which name it is joined with others. */
function adviceFor(os: OperatingSystem, signal: string, reason: UnknownReason): Advice {
  const own = missing.find(({ signals }) => signals.includes(signal));
  return reason === "no_data" && os === "linux" && own !== undefined ? own : advice[reason];
}

/** Returns a check for each reason why something is unknown, and one when everything could be read. */
export function postureChecks(posture: PostureState): readonly Check[] {
  const facts = factsOf(posture);
  const blind = new Map<Advice, { readonly reason: UnknownReason; readonly signals: string[] }>();
  for (const { signal, reading } of facts) {
    if (reading.kind !== "unknown") continue;
    const why = adviceFor(posture.os, signal, reading.reason);
    const same = blind.get(why) ?? { reason: reading.reason, signals: [] };
    same.signals.push(signal);
    blind.set(why, same);
  }
  if (facts.length === 0) {
    return [{ name: "posture", state: "unknown", detail: "nothing was read yet" }];
  }
  const unknown = [...blind.values()].flatMap(({ signals }) => signals).length;
  const known = facts.length - unknown;
  const told = new Set(facts.map(({ signal }) => signal));
  const sought = posture.groups.flatMap(({ group }) => group.signals);
  const pending = sought.filter((signal) => !told.has(signal));
  const all = facts.length + pending.length;
  return [
    { name: "posture", state: "ok", detail: `${known} of ${all} signals are known` },
    ...(pending.length === 0 ? [] : [notYet(pending)]),
    ...[...blind].map(([why, { reason, signals }]): Check => {
      const { detail } = why;
      const fix = fixFor(posture, why);
      const name = `posture ${reason}`;
      const check = { name, state: "unknown", detail: `${detail}: ${signals.join(", ")}` } as const;
      return fix === undefined ? check : { ...check, fix };
    }),
  ];
}

/** Returns the fix in the words of this machine, if there is one for it. */
function fixFor(posture: PostureState, advised: Advice): string | undefined {
  const { fix, fixOf, fixBy, fixOn } = advised;
  const readings = new Map(factsOf(posture).map(({ signal, reading }) => [signal, reading]));
  const entry = fixOf === undefined ? undefined : entryOf(fixOf);
  if (entry !== undefined) {
    const { text, command } = fixTextOf(entry, posture.os, (signal) => readings.get(signal));
    return command === undefined ? text : `${text.replace(/[.]$/, "")}: \`${command}\``;
  }
  const manager = readings.get("os.package_manager");
  const known = packageManagers.find((name) => manager?.kind === "known" && manager.value === name);
  return fix ?? fixOn?.[posture.os] ?? (known === undefined ? undefined : fixBy?.[known]);
}

/** After a start the first look takes some seconds, that at updates a minute on a busy machine. */
function notYet(signals: readonly string[]): Check {
  const detail = `the first look is still under way: ${signals.join(", ")}`;
  return { name: "posture pending", state: "unknown", detail };
}
