/** Carries what local users ask of the controller there, and its answers back to who asked. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { type LocalAnswer, type Step, still } from "../effect.ts";
import type { AgentState, Asker } from "../state.ts";

const askersMax = 16;

/** Sends what is made with a name that comes back in the answer. */
export function askController(
  state: AgentState,
  asker: Asker,
  make: (ref: string) => AgentMessage,
): Step {
  if (state.link.phase.kind !== "up") {
    const url = state.identity?.controllers[0] ?? "the controller";
    return refuseAsker(state, asker, { code: "SP-110", params: { url, why: "no link" } });
  }
  if (Object.keys(state.askers).length >= askersMax) {
    return refuseAsker(state, asker, { code: "SP-706", params: { retryAfterSeconds: 60 } });
  }
  const ref = `${asker.client}.${asker.id}`;
  return {
    state: { ...state, askers: { ...state.askers, [ref]: asker } },
    effects: [{ kind: "send", connection: state.link.connection, message: make(ref) }],
  };
}

/** Hands an answer to who asked under this name, if still there. */
export function answerAsker(state: AgentState, ref: string, answer: LocalAnswer): Step {
  const { [ref]: asker, ...askers } = state.askers;
  if (asker === undefined) return still(state);
  return reply({ ...state, askers }, asker, answer);
}

/** Tells those who wait that the link went away; what was kept meanwhile shows at the controller. */
export function loseAskers(state: AgentState): Step {
  const error: ErrorRef = { code: "SP-707", params: { seconds: 0 } };
  const effects = Object.values(state.askers).flatMap(
    (asker) => refuseAsker(state, asker, error).effects,
  );
  return { state: effects.length === 0 ? state : { ...state, askers: {} }, effects };
}

function refuseAsker(state: AgentState, asker: Asker, error: ErrorRef): Step {
  return reply(state, asker, { ok: false, error });
}

function reply(state: AgentState, { client, id }: Asker, answer: LocalAnswer): Step {
  return { state, effects: [{ kind: "answer", client, id, answer }] };
}
