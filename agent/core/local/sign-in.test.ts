import { expect, test } from "vitest";
import { agentOf } from "../../../test/fakes/agent-samples.ts";
import { withWarning } from "../effect.ts";
import { answerPortal, openPortal } from "./sign-in.ts";

const asker = { client: 3, id: 7 };
const page = "http://10.50.0.30:8080/login";
const topic = { kind: "portal", ...asker, page } as const;
const nothing = { ok: true, error: null, kernelAtMs: null, steps: [], observed: null } as const;

test("only the page that the agent saw itself is asked of netd", () => {
  const seen = { portal: page, address: "10.50.0.30", port: 8080 };
  const state = withWarning(agentOf("device"), "portal", { code: "SP-112", params: seen });
  expect(openPortal(state, asker).effects).toEqual([
    { kind: "netd", request: { verb: "portal", address: "10.50.0.30", port: 8080 }, topic },
  ]);
});

test("where no page was seen nothing is asked of netd", () => {
  expect(openPortal(agentOf("device"), asker).effects).toEqual([
    { kind: "answer", ...asker, answer: { ok: false, error: { code: "SP-114", params: {} } } },
  ]);
});

test("the answer says for how long, or why not", () => {
  const state = agentOf("device");
  expect(answerPortal(state, topic, { ...nothing, openSeconds: 300 }).effects).toEqual([
    { kind: "answer", ...asker, answer: { ok: true, body: { page, openSeconds: 300 } } },
  ]);
  const error = { code: "conflict", at: "portal", detail: "a granted resource has this address" };
  expect(answerPortal(state, topic, { ...nothing, ok: false, error }).effects).toMatchObject([
    {
      kind: "answer",
      answer: { ok: false, error: { code: "SP-115", params: { why: error.detail } } },
    },
  ]);
});
