/** Carries a user's request for time-boxed access to the controller, and its answer back. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";
import { type LocalAnswer, type Step, still } from "../effect.ts";
import type { AgentState, Asker } from "../state.ts";

const askersMax = 16;

/** What is asked for. */
export interface AccessAsked {
  readonly resource: string;
  readonly reason: string;
  readonly seconds: number;
}

/** Sends a request; it is answered when the controller has kept it. */
export function sendAccessRequest(state: AgentState, asker: Asker, asked: AccessAsked): Step {
  if (state.link.phase.kind !== "up") {
    const url = state.identity?.controllers[0] ?? "the controller";
    return refused(state, asker, { code: "SP-110", params: { url, why: "no link" } });
  }
  if (Object.keys(state.askers).length >= askersMax) {
    return refused(state, asker, { code: "SP-706", params: { retryAfterSeconds: 60 } });
  }
  const ref = `${asker.client}.${asker.id}`;
  const { resource, reason, seconds } = asked;
  const message = { kind: "accessRequest", ref, resource, reason, seconds } as const;
  return {
    state: { ...state, askers: { ...state.askers, [ref]: asker } },
    effects: [{ kind: "send", connection: state.link.connection, message }],
  };
}

/** Hands the controller's answer to who asked, if still there. */
export function answerAccessRequest(
  state: AgentState,
  message: ControllerMessageOf<"accessAnswer">,
): Step {
  const { [message.ref]: asker, ...askers } = state.askers;
  if (asker === undefined) return still(state);
  const reached = { ...state, askers };
  if (message.result === "refused") {
    const why = message.why ?? "the controller refused";
    return refused(reached, asker, { code: "SP-705", params: { why } });
  }
  const body = { state: "waiting", request: message.request ?? "" };
  return replied(reached, asker, { ok: true, body });
}

/** Tells those who wait that the link went away; what was kept meanwhile shows at the controller. */
export function loseAccessRequests(state: AgentState): Step {
  const effects = Object.values(state.askers).flatMap(
    (asker) => refused(state, asker, { code: "SP-707", params: { seconds: 0 } }).effects,
  );
  return { state: effects.length === 0 ? state : { ...state, askers: {} }, effects };
}

function refused(state: AgentState, asker: Asker, error: ErrorRef): Step {
  return replied(state, asker, { ok: false, error });
}

function replied(state: AgentState, { client, id }: Asker, answer: LocalAnswer): Step {
  return { state, effects: [{ kind: "answer", client, id, answer }] };
}
