import { type Step, still, after } from "../effect.ts";
import { say } from "../link/say.ts";
import type { AgentState, Context } from "../state.ts";
import { courierTransition } from "./courier.ts";

/** Moves the courier; only gateways have one. */
export function runCourier(
  state: AgentState,
  event: Parameters<typeof courierTransition>[1],
  context: Context,
): Step {
  if (state.host.role !== "gateway") return still(state);
  const moved = courierTransition(state.courier, event, context.now);
  let step: Step = still({ ...state, courier: moved.state });
  for (const effect of moved.effects) {
    step = after(step, (reached) =>
      effect.kind === "netd"
        ? { state: reached, effects: [effect] }
        : say(reached, { kind: "resync" }),
    );
  }
  return step;
}
