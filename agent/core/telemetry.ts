/** Looks at the kernel through netd now and then, and tells what was found. */
import { type Step, still, after, withWarning } from "./effect.ts";
import { untold } from "./inventory.ts";
import { say } from "./link/say.ts";
import type { Deadline } from "./moment.ts";
import { type Observed, flowsError, insideError } from "./netd.ts";
import { runPosture } from "./reporting.ts";
import type { AgentState, Context } from "./state.ts";
import { tamperingSeen } from "./tampering.ts";
import { runTunnel } from "./tunnel/run-tunnel.ts";

/** The kernel is read this often: for telemetry, and to see what others damaged. */
const observeEveryMs = 60_000;

/** Asks netd for a fresh reading when one is due. */
export function observeWhenDue(state: AgentState, context: Context): Step {
  const due = observationDeadline(state);
  if (due === null || context.now.monotonicMs < due.at) return still(state);
  return {
    state: { ...state, observedMs: context.now.monotonicMs },
    effects: [{ kind: "netd", request: { verb: "observe" }, topic: { kind: "telemetry" } }],
  };
}

/** Returns when the kernel is to be read next; never before netd is there and we have joined. */
export function observationDeadline(state: AgentState): Deadline | null {
  if (!state.tunnel.netd.ready || state.identity === null) return null;
  return {
    at: state.observedMs === null ? 0 : state.observedMs + observeEveryMs,
    reason: "observe",
  };
}

/** Takes a fresh reading of the kernel: for posture, for the tunnel, and for the controller. */
export function tellObserved(state: AgentState, observed: Observed | null, context: Context): Step {
  if (observed === null) return still(state);
  const facts = tamperingSeen(state, observed, context);
  const { open: stands = false } = observed;
  const warned = withFindings(state, observed);
  const looked = runTunnel(warned, { kind: "observed", stands }, context).state;
  const reported = runPosture(looked, { kind: "reported", facts }, context);
  return after(reported, (reached) => telemetry(reached, observed));
}

/** Keeps what a fresh reading says of room for new flows and of lost routes, for whoever asks next. */
export function withFindings(state: AgentState, observed: Observed | null): AgentState {
  if (observed === null) return state;
  const warned = withWarning(state, "flows", flowsError(observed));
  return withWarning(warned, "inside", insideError(observed));
}

function telemetry(state: AgentState, observed: Observed): Step {
  const peers = observed.peers.slice(0, 256).map((peer) => ({
    id: peer.publicKey,
    handshakeAgeSeconds: peer.handshakeAgeSeconds,
    rxBytes: peer.rxBytes,
    txBytes: peer.txBytes,
  }));
  const healthy = observed.configVersion === 0 || (observed.guard.table && observed.guard.rules);
  const inventory = untold(state);
  const told = say(state, {
    kind: "telemetry",
    peers,
    ...(state.denied.length === 0 ? {} : { denied: [...state.denied] }),
    netd: { wireguard: observed.wireguard, healthy },
    ...(inventory === null ? {} : { inventory }),
  });
  if (told.effects.length === 0) return told;
  const cleared = { ...told.state, denied: [] };
  if (inventory === null) return { ...told, state: cleared };
  const toldOn = state.link.connection;
  return { ...told, state: { ...cleared, inventory: { ...state.inventory, toldOn } } };
}
