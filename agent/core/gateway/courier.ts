/**
 * Carries grants from the controller to netd in order. It verifies nothing (netd does) and it never
 * holds a removal back: what narrows is passed on even where the order is broken.
 *
 *   aside ──welcome──> awaiting ──last part of a snapshot──> following ──gap or other hash──┐
 *     ^                   ^                                      │                          │
 *     └──── link down ────┴──────────────────────────────────────┴──── resync asked <───────┘
 */
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { Moment } from "../moment.ts";
import type { NetdRequest, NetdTopic, Observed } from "../netd.ts";

/** Where the stream stands; `last` is the newest `n` of this connection. */
export type CourierState =
  | { readonly kind: "aside" }
  | { readonly kind: "awaiting" }
  | { readonly kind: "following"; readonly last: number };

/** What the courier reacts to. */
export type CourierEvent =
  | { readonly kind: "linkUp" }
  | { readonly kind: "linkDown" }
  | { readonly kind: "netdReady" }
  | { readonly kind: "streamed"; readonly message: StreamMessage }
  | { readonly kind: "observed"; readonly hash: string; readonly listed: string };

/** The messages of the grant stream. */
export type StreamMessage = Extract<
  ControllerMessage,
  { kind: "grants" | "snapshot" | "leases" | "check" }
>;

/** What the courier asks for. */
export type CourierEffect =
  | { readonly kind: "netd"; readonly request: NetdRequest; readonly topic: NetdTopic }
  | { readonly kind: "resync" };

/** Answer of a transition. */
export interface CourierStep {
  readonly state: CourierState;
  readonly effects: readonly CourierEffect[];
}

/** Moves the courier by one event. */
export function courierTransition(
  state: CourierState,
  event: CourierEvent,
  now: Moment,
): CourierStep {
  switch (event.kind) {
    case "linkUp":
      return { state: { kind: "awaiting" }, effects: [] };
    case "linkDown":
      return { state: { kind: "aside" }, effects: [] };
    case "netdReady":
      return restart(state);
    case "streamed":
      return stream(state, event.message, now);
    case "observed":
      return compare(state, event);
  }
}

/** Returns what netd holds in the form both ends compare: without the grants that have ended. */
export function heldGrants(
  observed: Observed,
  serverAt: number,
): readonly { readonly jti: string; readonly exp: number }[] {
  return observed.grants.filter((grant) => grant.exp * 1000 > serverAt);
}

function stream(state: CourierState, message: StreamMessage, now: Moment): CourierStep {
  switch (message.kind) {
    case "grants":
      return grants(state, message, now);
    case "snapshot": {
      const last = message.part === message.parts;
      const { kind: _, ...part } = message;
      return {
        state: last ? { kind: "following", last: 0 } : state,
        effects: [
          {
            kind: "netd",
            request: { verb: "snapshot", ...part },
            topic: { kind: "snapshot", hash: message.hash, last },
          },
        ],
      };
    }
    case "leases":
      return {
        state,
        effects: [
          {
            kind: "netd",
            request: { verb: "leases", jws: message.jws },
            topic: { kind: "leases" },
          },
        ],
      };
    case "check":
      if (state.kind !== "following") return { state, effects: [] };
      return {
        state,
        effects: [
          {
            kind: "netd",
            request: { verb: "observe" },
            topic: { kind: "check", hash: message.hash },
          },
        ],
      };
  }
}

function grants(
  state: CourierState,
  message: Extract<StreamMessage, { kind: "grants" }>,
  now: Moment,
): CourierStep {
  const { n, remove } = message;
  const expected = state.kind === "following" ? state.last + 1 : null;
  const inOrder = expected === n;
  const add = inOrder ? message.add : [];
  const effects: CourierEffect[] = [];
  if (add.length > 0 || remove.length > 0) {
    effects.push({
      kind: "netd",
      request: { verb: "grants", add, remove },
      topic: {
        kind: "grants",
        n,
        removed: remove.length,
        receivedMonotonicMs: now.monotonicMs,
      },
    });
  }
  if (inOrder) return { state: { kind: "following", last: n }, effects };
  // Before the first snapshot is complete nothing is missing: the snapshot will name it.
  if (expected === null) return { state, effects };
  effects.push({ kind: "resync" });
  return { state: { kind: "awaiting" }, effects };
}

/** netd keeps no grants across its own restart: only a snapshot brings them back. */
function restart(state: CourierState): CourierStep {
  if (state.kind === "aside") return { state, effects: [] };
  return {
    state: { kind: "awaiting" },
    effects: [{ kind: "resync" }],
  };
}

function compare(
  state: CourierState,
  event: Extract<CourierEvent, { kind: "observed" }>,
): CourierStep {
  if (state.kind !== "following" || event.hash === event.listed) return { state, effects: [] };
  return {
    state: { kind: "awaiting" },
    effects: [{ kind: "resync" }],
  };
}
