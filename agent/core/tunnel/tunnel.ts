/**
 * What the tunnel promises right now, and the courier of signed configurations to netd. It opens
 * nothing: only netd does, and only for signed objects.
 *
 *                 enrolled                    config applied           some resource not open
 *    signedOut ─────────────> connecting ───────────────────> connected <────────────> narrowed
 *        ^                        ^  link lost for one lease      │  │                    │
 *        │ left                   │                               │  │ nothing open, down, revoked
 *        └── (every state)     offline <──────────────────────────┘  └─────> blocked <────┘
 *
 *    netd lost, no WireGuard, or a configuration whose guard failed: cannotEnforce; one whose tunnel
 *    failed: blocked; from every state but signedOut, and back when it is mended.
 */
import type { Judged, Verdict } from "./verdict.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Host, Role } from "../identity.ts";
import { type Deadline, earliest, type Moment } from "../moment.ts";
import { lostFile, type NetdAnswer, type NetdRequest, type NetdTopic } from "../netd.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { type RunningOut, runningOut, shortestLeaseMs } from "./runs-on.ts";
import { afterChange, afterFailure, isDue, type Retry } from "./retry.ts";

/** What may flow, in one word; drawn above. */
export type TunnelPhase =
  | { readonly kind: "signedOut" }
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "narrowed" }
  | { readonly kind: "blocked" }
  | ({ readonly kind: "offline" } & RunningOut)
  | { readonly kind: "cannotEnforce"; readonly because: ErrorRef };

/** A configuration as it came; its content is netd's business. */
export interface Config {
  readonly version: number;
  readonly jws: string;
}

/** The tunnel's whole memory. */
export interface TunnelState {
  readonly phase: TunnelPhase;
  readonly role: Role | null;
  readonly wish: "up" | "down";
  readonly netd: { readonly ready: boolean; readonly because: ErrorRef | null };
  readonly config: Config | null;
  /** Version that netd holds, whoever gave it. */
  readonly heldVersion: number;
  readonly applied: (Outcome & { readonly version: number }) | null;
  readonly retry: Retry | null;
  readonly linkUp: boolean;
  /** A configuration was applied that netd takes back unless the link is seen to survive it. */
  readonly unproved: boolean;
  readonly linkLostMs: number | null;
  readonly revoked: boolean;
  readonly verdict: Verdict | null;
  /**
   * Whether a tunnel stood when netd was looked at and this process had handed nothing over yet;
   * null before that look.
   */
  readonly stood: boolean | null;
}

/** What a former process of this machine knew, kept on disk: nothing of it opens anything. */
export interface Recalled {
  readonly device: string;
  readonly bootId: string;
  readonly verdict: Verdict;
  /** What that verdict found good. */
  readonly judged: Judged;
  /** Wall time of the link's loss; null where the process ended before it. */
  readonly lostAt: number | null;
}

/** What the tunnel reacts to. */
export type TunnelEvent =
  | { readonly kind: "joined"; readonly role: Role }
  | { readonly kind: "left" }
  | { readonly kind: "configReceived"; readonly config: Config }
  | {
      readonly kind: "configAnswered";
      readonly version: number;
      readonly answer: NetdAnswer;
      readonly os?: Host["os"];
    }
  | {
      readonly kind: "netdReady";
      readonly wireguard: "kernel" | "userspace" | "none";
      readonly why?: string | undefined;
      readonly os?: string;
      readonly configVersion: number;
      readonly setAside?: readonly string[];
    }
  | { readonly kind: "netdLost"; readonly because: ErrorRef }
  | { readonly kind: "linkUp" }
  | { readonly kind: "linkProved" }
  | { readonly kind: "linkDown"; readonly revoked: boolean }
  | { readonly kind: "verdictReceived"; readonly verdict: Verdict }
  | { readonly kind: "wished"; readonly wish: "up" | "down" }
  /** netd took a trust set. */
  | { readonly kind: "trustTaken" }
  /** Interfaces or addresses of this machine changed. */
  | { readonly kind: "networkChanged" }
  | { readonly kind: "recalled"; readonly recalled: Recalled }
  /** netd was looked at. */
  | { readonly kind: "observed"; readonly stands: boolean }
  | { readonly kind: "tick" };

/** What the tunnel asks for. */
export type TunnelEffect = {
  readonly kind: "netd";
  readonly request: NetdRequest;
  readonly topic: NetdTopic;
};

/** Answer of a transition. */
export interface TunnelStep {
  readonly state: TunnelState;
  readonly effects: readonly TunnelEffect[];
}

/** Returns the tunnel of a machine that has not joined. */
export function signedOutTunnel(wish: "up" | "down"): TunnelState {
  return {
    phase: { kind: "signedOut" },
    role: null,
    wish,
    netd: { ready: false, because: null },
    config: null,
    heldVersion: 0,
    applied: null,
    retry: null,
    linkUp: false,
    unproved: false,
    linkLostMs: null,
    revoked: false,
    verdict: null,
    stood: null,
  };
}

/** Moves the tunnel by one event. */
export function tunnelTransition(state: TunnelState, event: TunnelEvent, now: Moment): TunnelStep {
  const step = react(state, event, now);
  return { ...step, state: { ...step.state, phase: phaseOf(step.state, now) } };
}

/** A gateway is told with each link that it is held, and nothing where it is not. */
function fresh({ role }: TunnelState): Partial<TunnelState> {
  return role === "gateway" ? { verdict: null } : {};
}

/** A machine lacks a module, which can be loaded, unless netd says that it brought no tunnel. */
function noTunnel({ why, os = "linux" }: { why?: string | undefined; os?: string }): ErrorRef {
  return why === undefined
    ? { code: "SP-403", params: {} }
    : { code: "SP-427", params: { os, why } };
}

/** Returns when the tunnel must be called next: to try again, or when a lost link outlived the leases. */
export function tunnelDeadline(state: TunnelState): Deadline | null {
  const retryMs = state.retry?.atMs ?? null;
  const runOutMs = runOutAfter(state);
  return earliest([
    retryMs === null ? null : { at: retryMs, reason: "apply again" },
    runOutMs === null ? null : { at: runOutMs, reason: "leases run out" },
  ]);
}

function runOutAfter({ phase, linkLostMs, verdict }: TunnelState): number | null {
  if (linkLostMs === null) return null;
  return phase.kind === "offline" ? phase.nextEndMs : linkLostMs + shortestLeaseMs(verdict);
}

function react(state: TunnelState, event: TunnelEvent, now: Moment): TunnelStep {
  switch (event.kind) {
    case "joined":
      return still({
        ...signedOutTunnel(state.wish),
        netd: given(state.netd),
        heldVersion: state.heldVersion,
        role: event.role,
        verdict: state.verdict,
        linkLostMs: state.linkLostMs,
      });
    case "left":
      return still({ ...signedOutTunnel("up"), netd: given(state.netd) });
    case "configReceived":
      return receive(state, event.config);
    case "configAnswered":
      return still(answered(state, event, now));
    case "netdReady": {
      const because: ErrorRef | null =
        event.wireguard === "none" ? noTunnel(event) : lostFile(event.setAside);
      const { configVersion: heldVersion } = event;
      const ready = { ...state, heldVersion, netd: { ready: true, because } };
      const step = enforce(ready);
      return { state: step.state, effects: [...step.effects, ...tellLink(ready, state.linkUp)] };
    }
    case "netdLost":
      return still({ ...state, retry: null, netd: { ready: false, because: event.because } });
    case "linkUp":
      return {
        state: { ...state, ...fresh(state), linkUp: true, linkLostMs: null, revoked: false },
        effects: tellLink(state, true),
      };
    case "linkProved":
      if (!state.unproved) return still(state);
      return { state: { ...state, unproved: false }, effects: tellLink(state, true) };
    case "linkDown":
      return linkDown(state, event.revoked, now);
    case "verdictReceived":
      return still({ ...state, verdict: event.verdict });
    case "wished":
      return enforce({ ...state, wish: event.wish });
    case "recalled":
      return still(recall(state, event.recalled, now));
    case "observed":
      return still(state.applied === null ? { ...state, stood: event.stands } : state);
    case "trustTaken":
      // What was signed by a key that netd did not know then may be good now.
      return state.applied?.result === "failed" ? enforce(state) : still(state);
    case "networkChanged":
      return tryAgain({ ...state, retry: afterChange(state.retry, now) }, now);
    case "tick":
      return tryAgain(state, now);
  }
}

/** A loss that lies in the past counts from then, as far as the wall clock is to be believed. */
function recall(state: TunnelState, { verdict, lostAt }: Recalled, now: Moment): TunnelState {
  const linkLostMs = lostAt === null ? null : now.monotonicMs - Math.max(0, now.wallAt - lostAt);
  return { ...state, verdict, linkLostMs };
}

function receive(state: TunnelState, config: Config): TunnelStep {
  const next = { ...state, config };
  // While the user has it down, a configuration is kept: handing it over would open the tunnel.
  return state.wish === "down" ? still(next) : enforce(next);
}

/** Tells netd again what shall be: idempotent, since netd knows the version it holds. */
function enforce(state: TunnelState): TunnelStep {
  if (!state.netd.ready || state.role === null) return still(state);
  // Nothing that it were asked to open or to close could be.
  if (state.netd.because?.code === "SP-427") return still(state);
  if (state.wish === "down") return { state: settled(state), effects: [narrow("down")] };
  if (state.revoked) return { state: settled(state), effects: [narrow("block")] };
  if (state.config === null) return still(state);
  const { jws, version } = state.config;
  return {
    state,
    effects: [
      { kind: "netd", request: { verb: "config", jws }, topic: { kind: "config", version } },
    ],
  };
}

/** Asks netd once more when it is time, unless nothing is to be opened any more. */
function tryAgain(state: TunnelState, now: Moment): TunnelStep {
  if (!isDue(state.retry, now)) return still(state);
  if (state.wish === "down" || state.revoked) return still(settled(state));
  return enforce({ ...state, retry: { ...state.retry, atMs: null, triedMs: now.monotonicMs } });
}

function settled(state: TunnelState): TunnelState {
  return state.retry === null ? state : { ...state, retry: null };
}

function answered(
  state: TunnelState,
  event: Extract<TunnelEvent, { kind: "configAnswered" }>,
  now: Moment,
): TunnelState {
  const { answer, version, os } = event;
  const applied = { version, ...outcomeOf(answer, version, os) };
  const heldVersion = applied.result === "failed" ? state.heldVersion : version;
  const netd = applied.result === "failed" ? state.netd : given(state.netd);
  const again = applied.passing && state.netd.ready;
  const retry = again ? afterFailure(state.retry, now) : null;
  return { ...state, netd, unproved: true, heldVersion, applied, retry };
}

function linkDown(state: TunnelState, revoked: boolean, now: Moment): TunnelStep {
  const next: TunnelState = {
    ...state,
    linkUp: false,
    linkLostMs: state.linkLostMs ?? now.monotonicMs,
    revoked: state.revoked || revoked,
  };
  const told = state.linkUp ? tellLink(state, false) : [];
  if (!revoked || state.revoked || !state.netd.ready) return { state: next, effects: told };
  return { state: next, effects: [narrow("block"), ...told] };
}

function phaseOf(state: TunnelState, now: Moment): TunnelPhase {
  if (state.role === null) return { kind: "signedOut" };
  if (state.netd.because !== null) return { kind: "cannotEnforce", because: state.netd.because };
  if (state.wish === "down" || state.revoked) return { kind: "blocked" };
  const failure = state.applied?.harm === "guard" ? state.applied.errors[0] : undefined;
  if (failure !== undefined) return { kind: "cannotEnforce", because: failure };
  if (state.applied?.harm === "tunnel") return { kind: "blocked" };
  const { linkLostMs, verdict, role } = state;
  if (linkLostMs !== null && now.monotonicMs >= linkLostMs + shortestLeaseMs(verdict)) {
    return { kind: "offline", ...runningOut(verdict, linkLostMs, now) };
  }
  // Who was held while away gets no configuration at all.
  if (verdict?.held !== undefined) return { kind: "blocked" };
  if (state.applied === null && !(role === "device" && state.stood === true)) {
    return { kind: "connecting" };
  }
  const phase: TunnelPhase = role === "gateway" ? { kind: "connected" } : openness(verdict);
  const lacksNames = state.applied?.harm === "names" && phase.kind === "connected";
  return lacksNames ? { kind: "narrowed" } : phase;
}

function openness(verdict: Verdict | null): TunnelPhase {
  if (verdict === null) return { kind: "connecting" };
  const { resources, unnamed } = verdict;
  const named = resources.filter((resource) => resource.state === "open").length;
  const closed = resources.length - named + (unnamed?.closed ?? 0);
  if (named + (unnamed?.open ?? 0) === 0) return { kind: "blocked" };
  return { kind: closed === 0 ? "connected" : "narrowed" };
}

/** Netd has pin and key again: enrolment hands both over, and a configuration needs them. */
function given(netd: TunnelState["netd"]): TunnelState["netd"] {
  return netd.because?.code === "SP-302" ? { ...netd, because: null } : netd;
}

function tellLink(state: TunnelState, up: boolean): readonly TunnelEffect[] {
  if (!state.netd.ready || state.role === null) return [];
  return [{ kind: "netd", request: { verb: "link", up }, topic: { kind: "link" } }];
}

function narrow(what: "block" | "down"): TunnelEffect {
  return { kind: "netd", request: { verb: "narrow", what }, topic: { kind: "narrow", what } };
}

function still(state: TunnelState): TunnelStep {
  return { state, effects: [] };
}
