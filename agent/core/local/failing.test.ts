import { expect, test } from "vitest";
import { agentOf, context, factOf, moment, verdictOf } from "../../../test/fakes/agent-samples.ts";
import { createPosture, transition as postureTransition } from "../posture/posture.ts";
import { transition } from "../agent.ts";
import type { AgentState } from "../state.ts";
import { failingOf, judgedBy } from "./failing.ts";

const needs = [
  { signal: "firewall.enabled", met: true },
  { signal: "disk.encrypted", met: false },
  { signal: "os.version", met: true },
];
const verdict = {
  ...verdictOf({ wiki: "open", pay: "blocked" }),
  levels: [{ id: "protected", verdict: "met" as const, needs }],
};

function postureOf(values: Readonly<Record<string, boolean | string>>) {
  const facts = Object.entries(values).map(([signal, value]) => factOf(signal, value));
  const empty = createPosture("linux", moment(0));
  return postureTransition(empty, { kind: "reported", facts }, moment(0)).state;
}

const good = { "firewall.enabled": true, "disk.encrypted": false, "os.version": "12" };

/** A laptop whose controller is away since it found things as above. */
function away(values: Readonly<Record<string, boolean | string>>, lost = true): AgentState {
  const state = agentOf("device");
  const tunnel = { ...state.tunnel, verdict, stood: true, linkLostMs: lost ? 0 : null };
  const judged = judgedBy(verdict, postureOf(good));
  return { ...state, tunnel, judged, posture: postureOf(values) };
}

function asked(
  state: AgentState,
  request: { verb: "explain"; resource: string } | { verb: "posture" },
) {
  const peer = { uid: 1000, user: "ada" };
  const event = { kind: "asked", client: 1, id: 1, peer, request } as const;
  const [effect] = transition(state, event, context(1)).effects;
  return effect?.kind === "answer" ? effect.answer : null;
}

test("a yes or no that turned since the last verdict fails, and what was bad before is not said again", () => {
  const turned = { "firewall.enabled": false, "disk.encrypted": true, "os.version": "13" };
  expect(failingOf(away(turned))).toEqual([
    { signal: "firewall.enabled", level: "protected", had: false },
  ]);
  expect(failingOf(away(good))).toEqual([]);
});

test("a controller that hears us judges for itself", () => {
  expect(failingOf(away({ ...good, "firewall.enabled": false }, false))).toEqual([]);
});

test("what was not read since the agent started is not called failing", () => {
  expect(failingOf(away({}))).toEqual([]);
});

test("an open resource is explained with what fails by now, a closed one is not", () => {
  const state = away({ ...good, "firewall.enabled": false });
  const params = { signal: "firewall.enabled", level: "protected", had: "false" };
  expect(asked(state, { verb: "explain", resource: "wiki" })).toMatchObject({
    body: {
      explanation: {
        state: "open",
        reasons: [{ code: "runs_on" }, { code: "fails_by_now", params }],
      },
    },
  });
  const closed = asked(state, { verb: "explain", resource: "pay" });
  expect(JSON.stringify(closed)).not.toContain("fails_by_now");
});

test("the table of signals does not say that a level passes which fails by now", () => {
  const answer = asked(away({ ...good, "firewall.enabled": false }), { verb: "posture" });
  expect(answer).toMatchObject({
    body: {
      signals: expect.arrayContaining([
        expect.objectContaining({
          signal: "firewall.enabled",
          levels: [{ id: "protected", met: false }],
        }),
      ]) as unknown,
    },
  });
});
