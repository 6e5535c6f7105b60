/** Values for tests of the agent: plausible, and the same in every run. */
import { createHash } from "node:crypto";
import type { Host, Identity } from "../../agent/core/identity.ts";
import type { Moment } from "../../agent/core/moment.ts";
import { plainSettings } from "../../agent/core/settings.ts";
import type { AgentState, Context, Start } from "../../agent/core/state.ts";
import { initialState } from "../../agent/core/state.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { Fact, Reading } from "#shared/posture/fact.ts";

const hourMs = 3_600_000;
/** Wall time at the monotonic start of tests. */
export const startAt = 1_790_000_000_000;

/** Returns the moment so many ms after the start; dice show the middle. */
export function moment(monotonicMs: number, random = 0.5): Moment {
  return { monotonicMs, wallAt: startAt + monotonicMs, random };
}

/** Returns what a transition is called with. */
export function context(monotonicMs: number, random = 0.5): Context {
  return { now: moment(monotonicMs, random), digest: sha256Hex };
}

/** Returns lower-case hex SHA-256. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Returns an id of a family, the same for the same letter. */
export function idOf(prefix: string, letter: string): string {
  return `${prefix}_${letter.repeat(26)}`;
}

/** Returns a member's identity whose certificate lasts 24 h from the start of tests. */
export function identityOf(role: Identity["role"], more: Partial<Identity> = {}): Identity {
  return {
    id: idOf(role === "device" ? "dev" : "gw", "1"),
    role,
    trustDomain: "example.test",
    controllers: ["wss://one.example.test:8443/agent", "wss://two.example.test:8443/agent"],
    wgPublicKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    certificate: { notBeforeAt: startAt, notAfterAt: startAt + 24 * hourMs },
    trust: { version: 1 },
    ...more,
  };
}

/** Returns the machine of a role. */
export function hostOf(role: Host["role"]): Host {
  return {
    agentVersion: "0.1.0",
    os: "linux",
    arch: "x64",
    hostname: "laptop",
    bootId: "5b1fd3a0-0000-4000-8000-000000000001",
    role,
  };
}

/** Returns what an enrolled agent of this role starts with. */
export function startOf(role: Host["role"]): Start {
  return {
    host: hostOf(role),
    settings: plainSettings(),
    identity: identityOf(role),
    enrolling: false,
    wish: "up",
    owner: null,
    recalled: null,
    epoch: "e".repeat(32),
    spool: { head: null, events: [], corrupt: false },
    warnings: {},
  };
}

/** Returns an agent at its start. */
export function agentOf(role: Host["role"], more: Partial<Start> = {}): AgentState {
  return initialState({ ...startOf(role), ...more }, moment(0));
}

/** Returns a fact of a signal. */
export function factOf(signal: string, value: Extract<Reading, { kind: "known" }>["value"]): Fact {
  return {
    signal,
    reading: { kind: "known", value },
    observedAt: startAt,
    freshForMs: 180_000,
    source: "os",
    collector: "firewall",
    collectorVersion: 1,
    evidence: { sha256: "0".repeat(64), bytes: 0, tookMs: 1 },
  };
}

/** Returns a welcome whose clock agrees with `moment`. */
export function welcomeAt(
  monotonicMs: number,
  more: Partial<Extract<ControllerMessage, { kind: "welcome" }>> = {},
): Extract<ControllerMessage, { kind: "welcome" }> {
  return {
    kind: "welcome",
    serverAt: startAt + monotonicMs,
    capability: 1,
    heartbeatMs: 20_000,
    epoch: "e".repeat(32),
    ackedSeq: 0,
    device: { id: idOf("dev", "1"), name: "laptop" },
    minVersion: "0.0.0",
    features: [],
    ...more,
  };
}

/** Returns a verdict about one resource. */
export function verdictOf(
  states: Readonly<Record<string, "open" | "blocked">>,
): Extract<ControllerMessage, { kind: "verdict" }> {
  return {
    kind: "verdict",
    version: 1,
    levels: [],
    resources: Object.entries(states).map(([name, state]) => ({
      resource: idOf("res", name.slice(0, 1)),
      name,
      state,
      reasons: [],
      fixes: [],
    })),
  };
}
