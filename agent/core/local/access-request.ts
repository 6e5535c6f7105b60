/** Carries a user's request for time-boxed access to the controller, and its answer back. */
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";
import type { Step } from "../effect.ts";
import type { AgentState, Asker } from "../state.ts";
import { answerAsker, askController } from "./asked-controller.ts";

/** What is asked for. */
export interface AccessAsked {
  readonly resource: string;
  readonly reason: string;
  readonly seconds: number;
}

/** Sends a request; it is answered when the controller has kept it. */
export function sendAccessRequest(state: AgentState, asker: Asker, asked: AccessAsked): Step {
  const { resource, reason, seconds } = asked;
  return askController(state, asker, (ref) => ({
    kind: "accessRequest",
    ref,
    resource,
    reason,
    seconds,
  }));
}

/** Hands the controller's answer to who asked, if still there. */
export function answerAccessRequest(
  state: AgentState,
  message: ControllerMessageOf<"accessAnswer">,
): Step {
  if (message.result === "refused") {
    const why = message.why ?? "the controller refused";
    return answerAsker(state, message.ref, {
      ok: false,
      error: { code: "SP-705", params: { why } },
    });
  }
  const body = { state: "waiting", request: message.request ?? "" };
  return answerAsker(state, message.ref, { ok: true, body });
}
