/** What tray and page are told in tests. */
import type { StatusLine } from "../../agent/cli/status-line.ts";
import type { AgentSource } from "../../agent/surface/agent-source.ts";
import type { SharedAnswer } from "../../agent/surface/shared.ts";

type Resource = StatusLine["resources"][number];

/** Returns an open resource. */
export function openResource(name: string): Resource {
  return { name, state: "open", reasons: [], fixes: [], gateway: "fra-1" };
}

/** Returns a resource that a firewall keeps closed. */
export function closedResource(name: string): Resource {
  return {
    name,
    state: "blocked",
    reference: "7QK2-M4XE",
    reasons: [
      {
        code: "level_not_met",
        params: { signal: "firewall.enabled", had: "false", wanted: "true", level: "base" },
      },
    ],
    fixes: [
      {
        signal: "firewall.enabled",
        text: "Switch on a firewall.",
        command: "sudo ufw enable",
        who: "user",
      },
    ],
  };
}

/** Returns the status of a member. */
export function statusOf(
  state: StatusLine["state"],
  resources: readonly Resource[] = [],
  more: Partial<StatusLine> = {},
): StatusLine {
  return {
    schema: "sallyport.status/1",
    state,
    device: { id: "dev_1", hostname: "lin-mara-07" },
    reportedAt: "2026-11-24T14:02:11.320Z",
    resources: [...resources],
    warnings: [],
    managed: [],
    disconnect: { down: false, allowed: true, needsReason: false },
    ...more,
  };
}

/** Two answers hold what was shared, as after a busy month. */
function sharedBut(skip: number): SharedAnswer {
  const at = 1_790_000_000_000;
  const bye = { at, message: { kind: "bye", reason: "<b>stopping</b>" } };
  return skip === 0
    ? { messages: [bye], more: true }
    : { messages: [{ at, message: { kind: "hello" } }], more: false };
}

/** A played agent whose status the test sets. */
export interface PlayedAgent extends AgentSource {
  readonly acts: string[];
  set(status: StatusLine | null): void;
}

/** Returns an agent that tells this and does what it is asked. */
export function playAgent(first: StatusLine | null): PlayedAgent {
  let known = first;
  const listeners = new Set<() => void>();
  const acts: string[] = [];
  return {
    acts,
    set: (status) => {
      known = status;
      for (const heard of listeners) heard();
    },
    status: () => known,
    onChange: (heard) => {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    posture: () => Promise.resolve([firewallRow, unknownRow]),
    settings: () =>
      Promise.resolve([
        { key: "AlwaysOn", value: true, source: "managed" },
        { key: "LogLevel", value: null, source: "default" },
      ]),
    shared: ({ skip = 0 }) => Promise.resolve(sharedBut(skip)),
    act: (verb, reason) => {
      acts.push(reason === undefined ? verb : `${verb}: ${reason}`);
      return Promise.resolve(`did ${verb}`);
    },
    signIn: () => Promise.resolve({ url: "https://controller.example/", code: "WDJB-MJHT" }),
    portal: () => Promise.resolve({ page: "http://hotel.example/" }),
    close: () => undefined,
  };
}

const row = {
  source: "os",
  checkedAgeMs: 2_000,
  blocking: false,
  levels: [],
  fix: { text: "Switch on a firewall.", command: "sudo ufw enable" },
};

const firewallRow = {
  ...row,
  signal: "firewall.enabled",
  title: "Firewall on",
  why: "Without it, everybody on this network can knock at every program.",
  reading: { kind: "known", value: false } as const,
  blocking: true,
};

const unknownRow = {
  ...row,
  signal: "tpm.present",
  title: "TPM present",
  why: "A machine without one is easier to copy.",
  reading: { kind: "unknown", reason: "permission" } as const,
};
