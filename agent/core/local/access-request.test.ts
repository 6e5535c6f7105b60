import { expect, test } from "vitest";
import { agentOf } from "../../../test/fakes/agent-samples.ts";
import type { AgentState } from "../state.ts";
import { answerAccessRequest, sendAccessRequest } from "./access-request.ts";
import { loseAskers } from "./asked-controller.ts";

const asker = { client: 3, id: 7 };
const asked = { resource: "db", reason: "incident 4711", seconds: 3_600 };

function linked(): AgentState {
  const state = agentOf("device");
  const phase = { kind: "up", heardMs: 1, beatAtMs: 2, heartbeatMs: 20_000 } as const;
  return { ...state, link: { ...state.link, connection: 5, phase } };
}

test("a request goes to the controller, and its answer back to who asked", () => {
  const sent = sendAccessRequest(linked(), asker, asked);
  expect(sent.effects).toMatchObject([
    { kind: "send", connection: 5, message: { kind: "accessRequest", ref: "3.7", ...asked } },
  ]);
  const answer = { kind: "accessAnswer", ref: "3.7", result: "waiting", request: "req_1" } as const;
  const told = answerAccessRequest(sent.state, answer);
  expect(told.effects).toMatchObject([
    { kind: "answer", ...asker, answer: { ok: true, body: { request: "req_1" } } },
  ]);
  expect(answerAccessRequest(told.state, answer).effects).toEqual([]);
});

test("without a link, or when it goes, nobody waits in vain", () => {
  expect(sendAccessRequest(agentOf("device"), asker, asked).effects).toMatchObject([
    { kind: "answer", ...asker, answer: { ok: false, error: { code: "SP-110" } } },
  ]);
  const lost = loseAskers(sendAccessRequest(linked(), asker, asked).state);
  expect(lost.effects).toMatchObject([{ kind: "answer", ...asker, answer: { ok: false } }]);
  expect(loseAskers(lost.state).effects).toEqual([]);
});
