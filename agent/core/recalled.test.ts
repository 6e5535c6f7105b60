import { expect, test } from "vitest";
import {
  agentOf,
  context,
  hostOf,
  identityOf,
  startAt,
  verdictOf,
} from "../../test/fakes/agent-samples.ts";
import { observedWhole } from "../../test/fakes/agent-run.ts";
import { transition } from "./agent.ts";
import type { AgentEvent } from "./event.ts";
import { statusOf } from "./local/status.ts";
import type { NetdAnswer } from "./netd.ts";
import type { AgentState } from "./state.ts";
import type { Recalled } from "./tunnel/tunnel.ts";

const recalled: Recalled = {
  device: identityOf("device").id,
  bootId: hostOf("device").bootId,
  verdict: verdictOf({ wiki: "open" }),
  judged: {},
  lostAt: startAt - 60_000,
};

/** Starts an agent whose controller never answers. */
function started(kept: Recalled | null, stands: boolean, more: readonly AgentEvent[] = []) {
  const answer: NetdAnswer = {
    ok: true,
    error: null,
    kernelAtMs: null,
    steps: [],
    observed: { ...observedWhole, open: stands },
  };
  const events: readonly AgentEvent[] = [
    { kind: "started", enrolling: false, spoolCorrupt: false },
    { kind: "netdReady", wireguard: "kernel", configVersion: 7 },
    { kind: "netdAnswered", topic: { kind: "telemetry" }, answer },
    { kind: "linkClosed", connection: 1, code: 0, error: null },
    ...more,
  ];
  let state: AgentState = agentOf("device", { recalled: kept });
  for (const event of events) state = transition(state, event, context(1)).state;
  return state;
}

function explained(state: AgentState, resource = "wiki") {
  const request = { verb: "explain", resource } as const;
  const peer = { uid: 1000, user: "ada" };
  const asked = { kind: "asked", client: 1, id: 1, peer, request } as const;
  const [effect] = transition(state, asked, context(2)).effects;
  return effect?.kind === "answer" ? effect.answer : null;
}

test("an agent that was started anew tells what stands while the controller is dead", () => {
  const state = started(recalled, true);
  const until = new Date(startAt - 60_000 + 3_600_000).toISOString();
  expect(statusOf(state, context(2).now)).toMatchObject({
    state: "connected",
    resources: [{ name: "wiki", state: "open", reasons: [{ code: "runs_on", params: { until } }] }],
  });
  expect(explained(state)).toMatchObject({ ok: true, body: { explanation: { state: "open" } } });
});

test("what the controller said before means nothing where no tunnel stands", () => {
  const state = started(recalled, false);
  expect(statusOf(state, context(2).now)).toMatchObject({
    state: "connecting",
    resources: [{ state: "blocked", reasons: [{ code: "not_connected" }] }],
  });
});

const foreign = [
  ["another boot", { ...recalled, bootId: "5b1fd3a0-0000-4000-8000-00000000ffff" }],
  ["another membership", { ...recalled, device: "dev_other" }],
  ["nothing", null],
] as const;

test.each(foreign)("after %s nothing is claimed to be known", (_what, kept) => {
  const state = started(kept, true);
  expect(statusOf(state, context(2).now)).toMatchObject({ state: "connecting", resources: [] });
  expect(explained(state)).toMatchObject({ ok: false, error: { code: "SP-410" } });
});

test("a resource that is not named, where there are more than are named, is not called unknown", () => {
  const unnamed = { open: 2, closed: 1 };
  const state = started({ ...recalled, verdict: { ...recalled.verdict, unnamed } }, true);
  expect(statusOf(state, context(2).now)).toMatchObject({ unnamed });
  const error = { code: "SP-412", params: { name: "ledger", count: 3 } };
  expect(explained(state, "ledger")).toEqual({ ok: false, error });
});

test("who left keeps nothing of what the controller said", () => {
  const peer = { uid: 0, user: "root" };
  const leave = { kind: "asked", client: 1, id: 1, peer, request: { verb: "unenrol" } } as const;
  const { effects } = transition(started(recalled, true), leave, context(2));
  expect(effects).toContainEqual({ kind: "keepVerdict", recalled: null });
});

test("without membership there is nothing to explain", () => {
  expect(explained(agentOf("device", { identity: null }))).toMatchObject({
    ok: false,
    error: { code: "SP-304" },
  });
});
