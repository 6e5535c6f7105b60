/** `portal`: a person wants to sign in to the network, at the page that the agent saw itself. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Step } from "../effect.ts";
import type { NetdAnswer, NetdTopic } from "../netd.ts";
import type { AgentState, Asker } from "../state.ts";

type SignIn = Extract<NetdTopic, { kind: "portal" }>;

/** Has netd let the page through where it stands in a protected prefix; SP-114 where there is none. */
export function openPortal(state: AgentState, { client, id }: Asker): Step {
  const { portal: page, address, port } = state.warnings["portal"]?.params ?? {};
  if (typeof page !== "string" || typeof address !== "string" || typeof port !== "number") {
    return refused(state, { client, id }, { code: "SP-114", params: {} });
  }
  const request = { verb: "portal", address, port } as const;
  return {
    state,
    effects: [{ kind: "netd", request, topic: { kind: "portal", client, id, page } }],
  };
}

/** Answers with the page and for how long it is open; 0: nothing of ours was in the way. */
export function answerPortal(state: AgentState, topic: SignIn, answer: NetdAnswer): Step {
  const { client, id, page } = topic;
  if (!answer.ok) {
    const why = answer.error?.detail ?? "no reason given";
    return refused(state, topic, { code: "SP-115", params: { portal: page, why } });
  }
  const body = { page, openSeconds: answer.openSeconds ?? 0 };
  return { state, effects: [{ kind: "answer", client, id, answer: { ok: true, body } }] };
}

function refused(state: AgentState, { client, id }: Asker, error: ErrorRef): Step {
  return { state, effects: [{ kind: "answer", client, id, answer: { ok: false, error } }] };
}
