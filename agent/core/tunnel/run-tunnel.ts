import type { Step } from "../effect.ts";
import type { AgentState, Context } from "../state.ts";
import { type TunnelEvent, tunnelTransition } from "./tunnel.ts";

/** Moves the tunnel machine. */
export function runTunnel(state: AgentState, event: TunnelEvent, context: Context): Step {
  const moved = tunnelTransition(state.tunnel, event, context.now);
  return { state: { ...state, tunnel: moved.state }, effects: moved.effects };
}
