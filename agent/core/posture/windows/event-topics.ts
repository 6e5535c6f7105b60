/** What Windows is asked to tell of, as data: the script and the meaning of its lines come from here. */

import { member } from "../json-shape.ts";
import { parseAnswer } from "./answer.ts";

/** A source of events, by how Windows is asked for it. */
export type EventSource =
  /** A part of HKEY_LOCAL_MACHINE, with everything beneath. */
  | { readonly kind: "registry"; readonly path: string }
  /** A channel of the event log; `query` chooses its events. */
  | { readonly kind: "channel"; readonly name: string; readonly query?: string }
  /** Services, looked at by WMI itself every ten seconds. */
  | { readonly kind: "services" };

/** Something that moves, the signals that depend on it, and where it is heard. */
export interface EventTopic {
  readonly topic: string;
  readonly signals: readonly string[];
  readonly sources: readonly EventSource[];
}

const registry = (path: string): EventSource => ({ kind: "registry", path });
const channel = (name: string, query?: string): EventSource =>
  query === undefined ? { kind: "channel", name } : { kind: "channel", name, query };

/** Every topic that the second PowerShell tells of. */
export const eventTopics: readonly EventTopic[] = [
  {
    topic: "firewall",
    signals: ["firewall.enabled"],
    sources: [
      registry("SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy"),
      registry("SOFTWARE\\Policies\\Microsoft\\WindowsFirewall"),
      channel("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"),
    ],
  },
  {
    topic: "protection",
    signals: ["edr.running", "edr.healthy"],
    sources: [channel("Microsoft-Windows-Windows Defender/Operational"), { kind: "services" }],
  },
  {
    topic: "disk",
    signals: ["disk.encrypted"],
    sources: [channel("Microsoft-Windows-BitLocker/BitLocker Management")],
  },
  {
    topic: "updates",
    signals: ["os.security_updates", "os.hotfixes", "os.reboot_pending"],
    sources: [
      channel("Microsoft-Windows-WindowsUpdateClient/Operational"),
      registry("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update"),
      registry("SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate"),
    ],
  },
  {
    topic: "administrators",
    signals: ["users.admins"],
    sources: [channel("Security", "*[System[(EventID=4732 or EventID=4733)]]")],
  },
  {
    topic: "autologin",
    signals: ["users.autologin"],
    sources: [registry("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon")],
  },
  {
    topic: "management",
    signals: ["mdm.enrolled"],
    sources: [
      registry("SOFTWARE\\Microsoft\\Enrollments"),
      registry("SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin"),
    ],
  },
  {
    topic: "browsers",
    signals: ["browsers.installed"],
    sources: [registry("SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\App Paths")],
  },
];

/** Signals that a line of the script tells of: `{"changed":"<topic>"}`, anything else tells nothing. */
export function signalsOfLine(line: string): readonly string[] {
  return topicOf(line, "changed")?.signals ?? [];
}

/** Returns the topic of which a source is not there (`{"lost":"<topic>"}`), or null. */
export function lostTopicOf(line: string): string | null {
  return topicOf(line, "lost")?.topic ?? null;
}

function topicOf(line: string, verb: "changed" | "lost"): EventTopic | undefined {
  const told = member(parseAnswer(line), verb);
  return eventTopics.find(({ topic }) => topic === told);
}
