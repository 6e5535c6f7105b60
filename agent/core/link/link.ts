/**
 * The link to the controller as a pure machine. It never reads a clock, opens a socket or
 * sees a key; frames of a connection that is no longer the newest are ignored.
 *
 *                      ┌────────────── closed, silent 60 s, no welcome in 10 s ─────────────┐
 *                      v                                                                     │
 *   stopped ─start─> waiting ──backoff over──> connecting ──opened──> greeting ──welcome──> up
 *      ^               │  ^                       │  (hello at once)                          │
 *      │               │  └──── failed ───────────┘                                           │
 *      │               └─ certificate over ─> renewing ── answered ─> waiting                 │
 *      └──────────────────────────────── stop ────────────────────────────────────────────────┘
 */
import { nextBackoffMs } from "#shared/base/backoff.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { closeCodes } from "#shared/protocol/capability.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { ControllerLinkEvent } from "../event.ts";
import type { Identity, Role, Validity } from "../identity.ts";
import type { Deadline, Moment } from "../moment.ts";
import { certificateOver, renewalDueAt } from "./certificate.ts";
import { closingOf } from "./closing.ts";

/** Where the link stands; every number is monotonic ms. */
export type LinkPhase =
  | { readonly kind: "stopped" }
  | { readonly kind: "waiting"; readonly untilMs: number }
  | { readonly kind: "renewing"; readonly sinceMs: number }
  | { readonly kind: "connecting"; readonly sinceMs: number }
  | { readonly kind: "greeting"; readonly sinceMs: number }
  | {
      readonly kind: "up";
      readonly heardMs: number;
      readonly beatAtMs: number;
      readonly heartbeatMs: number;
    };

/** The link's whole memory. */
export interface LinkState {
  readonly phase: LinkPhase;
  readonly identity: Identity | null;
  /** Number of the newest connection; events of older ones are stale. */
  readonly connection: number;
  readonly backoffMs: number;
  /** Index of the controller tried next. */
  readonly target: number;
  /** Controller's clock minus ours, from the last welcome. */
  readonly skewMs: number;
  readonly renewAskedMs: number | null;
  /** The controller refused our certificate: it may be over though our clock says otherwise. */
  readonly mustRenew: boolean;
  /** Why there is no link, once known. */
  readonly because: ErrorRef | null;
  readonly revoked: boolean;
}

/** What the link reacts to. */
export type LinkEvent =
  | { readonly kind: "linkStarted"; readonly identity: Identity }
  | { readonly kind: "linkStopped"; readonly reason: string }
  | Exclude<ControllerLinkEvent, { kind: "frame" | "frameRefused" }>
  | { readonly kind: "welcomed"; readonly connection: number; readonly message: Welcome }
  | { readonly kind: "certificateIssued"; readonly certificate: Validity }
  | { readonly kind: "lateRenewalFailed"; readonly error: ErrorRef }
  | { readonly kind: "tick" };

type Welcome = Extract<ControllerMessage, { kind: "welcome" }>;

/** What the link asks for; `greet` and `beat` are filled by the composer, which knows the events. */
export type LinkEffect =
  | { readonly kind: "connect"; readonly connection: number; readonly url: string }
  | {
      readonly kind: "disconnect";
      readonly connection: number;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly kind: "ping"; readonly connection: number }
  | { readonly kind: "greet" }
  | { readonly kind: "beat" }
  | { readonly kind: "askRenewal" }
  | { readonly kind: "renewLate"; readonly url: string };

/** Answer of a transition. */
export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

const openTimeoutMs = 10_000;
const greetTimeoutMs = 10_000;
const silenceMs = 60_000;
/** Leases that ran on while there was no link are renewed for who beats: not a whole interval later. */
const firstBeatMs = 1_000;
const renewTimeoutMs = 30_000;
const renewRetryMs = 60_000;
/** A quarter of the default lease: nobody is cut because everybody came back late. */
const backoffCapMs = 30_000;
const baseMs: Readonly<Record<Role, number>> = { gateway: 250, device: 1_000 };

/** Returns a link that waits to be started. */
export function stoppedLink(): LinkState {
  return {
    phase: { kind: "stopped" },
    identity: null,
    connection: 0,
    backoffMs: 0,
    target: 0,
    skewMs: 0,
    renewAskedMs: null,
    mustRenew: false,
    because: null,
    revoked: false,
  };
}

/** Moves the link by one event. */
export function linkTransition(state: LinkState, event: LinkEvent, now: Moment): LinkStep {
  switch (event.kind) {
    case "linkStarted":
      return start(state, event.identity, now);
    case "linkStopped":
      return stop(state, event.reason);
    case "linkOpened":
      if (event.connection !== state.connection || state.phase.kind !== "connecting") {
        return unchanged(state);
      }
      return {
        state: { ...state, phase: { kind: "greeting", sinceMs: now.monotonicMs } },
        effects: [{ kind: "greet" }],
      };
    case "linkHeard":
      if (event.connection !== state.connection || state.phase.kind !== "up") {
        return unchanged(state);
      }
      return {
        state: { ...state, phase: { ...state.phase, heardMs: now.monotonicMs } },
        effects: [],
      };
    case "welcomed":
      return welcome(state, event, now);
    case "linkClosed":
      if (event.connection !== state.connection) return unchanged(state);
      return lose(state, now, { code: event.code, error: event.error });
    case "certificateIssued":
      return takeCertificate(state, event.certificate, now);
    case "lateRenewalFailed":
      if (state.phase.kind !== "renewing") return unchanged(state);
      return lose(state, now, { code: 0, error: event.error });
    case "tick":
      return tick(state, now);
  }
}

/** Returns when the link must be called next. */
export function linkDeadline(state: LinkState): Deadline | null {
  switch (state.phase.kind) {
    case "stopped":
      return null;
    case "waiting":
      return { at: state.phase.untilMs, reason: "reconnect" };
    case "renewing":
      return { at: state.phase.sinceMs + renewTimeoutMs, reason: "late renewal unanswered" };
    case "connecting":
      return { at: state.phase.sinceMs + openTimeoutMs, reason: "connect unanswered" };
    case "greeting":
      return { at: state.phase.sinceMs + greetTimeoutMs, reason: "hello unanswered" };
    case "up":
      return {
        at: Math.min(state.phase.beatAtMs, state.phase.heardMs + silenceMs),
        reason: "beat",
      };
  }
}

function start(state: LinkState, identity: Identity, now: Moment): LinkStep {
  const stopped = stop(state, "identity changed");
  const next = begin({ ...stoppedLink(), identity, connection: state.connection }, now);
  return { state: next.state, effects: [...stopped.effects, ...next.effects] };
}

function stop(state: LinkState, reason: string): LinkStep {
  return {
    state: { ...stoppedLink(), connection: state.connection + 1 },
    effects: hangUp(state, 1000, reason),
  };
}

function begin(state: LinkState, now: Moment): LinkStep {
  const { identity } = state;
  if (identity === null) return unchanged(state);
  const url = identity.controllers[state.target % identity.controllers.length];
  if (url === undefined) return unchanged(state);
  const sinceMs = now.monotonicMs;
  if (state.mustRenew || certificateOver(identity.certificate, now.wallAt + state.skewMs)) {
    return {
      // One attempt: if the certificate was refused for another reason, renewing will not mend it.
      state: { ...state, mustRenew: false, phase: { kind: "renewing", sinceMs } },
      effects: [{ kind: "renewLate", url }],
    };
  }
  const connection = state.connection + 1;
  return {
    state: { ...state, connection, phase: { kind: "connecting", sinceMs } },
    effects: [{ kind: "connect", connection, url }],
  };
}

function welcome(
  state: LinkState,
  event: Extract<LinkEvent, { kind: "welcomed" }>,
  now: Moment,
): LinkStep {
  if (event.connection !== state.connection || state.phase.kind !== "greeting") {
    return unchanged(state);
  }
  const { heartbeatMs, serverAt } = event.message;
  return {
    state: {
      ...state,
      phase: {
        kind: "up",
        heardMs: now.monotonicMs,
        beatAtMs: now.monotonicMs + spread(Math.min(heartbeatMs, firstBeatMs), now.random),
        heartbeatMs,
      },
      backoffMs: 0,
      skewMs: serverAt - now.wallAt,
      renewAskedMs: null,
      because: null,
      revoked: false,
    },
    effects: [],
  };
}

function lose(
  state: LinkState,
  now: Moment,
  end: { code: number; error: ErrorRef | null },
): LinkStep {
  const { identity } = state;
  if (identity === null) return unchanged(state);
  const closing = closingOf(end.code, identity.id, end.error);
  const bounds = { baseMs: baseMs[identity.role], capMs: backoffCapMs };
  // A first loss after a good link waits only a fraction of the base, spread over all agents.
  const backoffMs =
    state.backoffMs === 0
      ? Math.round(bounds.baseMs * now.random)
      : nextBackoffMs(bounds, state.backoffMs, now.random);
  const waitMs =
    closing.waitMs === 0 ? backoffMs : Math.max(backoffMs, spread(closing.waitMs, now.random));
  return {
    state: {
      ...state,
      phase: { kind: "waiting", untilMs: now.monotonicMs + waitMs },
      connection: state.connection + 1,
      backoffMs: Math.max(1, backoffMs),
      target: state.target + 1,
      renewAskedMs: null,
      mustRenew: end.code === closeCodes.certificate,
      because: closing.because ?? state.because,
      revoked: closing.revoked || state.revoked,
    },
    effects: hangUp(state, 1000, "giving up this connection"),
  };
}

function takeCertificate(state: LinkState, certificate: Validity, now: Moment): LinkStep {
  if (state.identity === null) return unchanged(state);
  const renewed = { ...state, identity: { ...state.identity, certificate }, renewAskedMs: null };
  return state.phase.kind === "renewing" ? begin(renewed, now) : unchanged(renewed);
}

function tick(state: LinkState, now: Moment): LinkStep {
  const deadline = linkDeadline(state);
  if (deadline === null || now.monotonicMs < deadline.at) return unchanged(state);
  switch (state.phase.kind) {
    case "stopped":
      return unchanged(state);
    case "waiting":
      return begin(state, now);
    case "renewing":
    case "connecting":
    case "greeting":
      return lose(state, now, { code: 0, error: unreachable(state, deadline.reason) });
    case "up":
      if (now.monotonicMs >= state.phase.heardMs + silenceMs) {
        return lose(state, now, { code: 0, error: unreachable(state, "60 s of silence") });
      }
      return beat(state, state.phase, now);
  }
}

function beat(state: LinkState, phase: Extract<LinkPhase, { kind: "up" }>, now: Moment): LinkStep {
  const effects: LinkEffect[] = [{ kind: "beat" }, { kind: "ping", connection: state.connection }];
  const next: LinkState = {
    ...state,
    phase: { ...phase, beatAtMs: now.monotonicMs + spread(phase.heartbeatMs, now.random) },
  };
  const { identity, renewAskedMs } = state;
  const asked = renewAskedMs !== null && now.monotonicMs < renewAskedMs + renewRetryMs;
  const serverAt = now.wallAt + state.skewMs;
  if (identity === null || asked || serverAt < renewalDueAt(identity.certificate)) {
    return { state: next, effects };
  }
  return {
    state: { ...next, renewAskedMs: now.monotonicMs },
    effects: [...effects, { kind: "askRenewal" }],
  };
}

function hangUp(state: LinkState, code: number, reason: string): readonly LinkEffect[] {
  const { kind } = state.phase;
  if (kind !== "connecting" && kind !== "greeting" && kind !== "up") return [];
  return [{ kind: "disconnect", connection: state.connection, code, reason }];
}

function unreachable(state: LinkState, why: string): ErrorRef {
  const { identity, target } = state;
  const controllers = identity?.controllers ?? [];
  const url = controllers[target % Math.max(1, controllers.length)] ?? "the controller";
  return { code: "SP-110", params: { url, why } };
}

/** Returns the interval moved by at most 20 % either way, so that agents do not march in step. */
function spread(intervalMs: number, random: number): number {
  return Math.round(intervalMs * (0.8 + 0.4 * random));
}

function unchanged(state: LinkState): LinkStep {
  return { state, effects: [] };
}
