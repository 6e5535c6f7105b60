import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { type Step, still } from "../effect.ts";
import type { AgentState } from "../state.ts";

/** Sends a message on the connection in use; without one it is not sent. */
export function say(state: AgentState, message: AgentMessage): Step {
  if (state.link.phase.kind !== "up") return still(state);
  return { state, effects: [{ kind: "send", connection: state.link.connection, message }] };
}
