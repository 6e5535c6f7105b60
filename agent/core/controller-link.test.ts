import { expect, test } from "vitest";
import { agentOf, context, welcomeAt } from "../../test/fakes/agent-samples.ts";
import { transition } from "./agent.ts";
import type { AgentEffect } from "./effect.ts";
import type { AgentEvent } from "./event.ts";
import type { AgentState } from "./state.ts";

const frame = (message: Extract<AgentEvent, { kind: "frame" }>["message"]): AgentEvent => ({
  kind: "frame",
  connection: 1,
  message,
  configVersion: 7,
});

function run(state: AgentState, steps: readonly (readonly [AgentEvent, number])[]) {
  let reached = state;
  let effects: readonly AgentEffect[] = [];
  for (const [event, at] of steps) {
    const step = transition(reached, event, context(at));
    reached = step.state;
    effects = step.effects;
  }
  return { state: reached, effects };
}

const up: readonly (readonly [AgentEvent, number])[] = [
  [{ kind: "started", enrolling: false, spoolCorrupt: false }, 0],
  [{ kind: "netdReady", wireguard: "kernel", configVersion: 0 }, 1],
  [{ kind: "linkOpened", connection: 1 }, 2],
  [frame(welcomeAt(3)), 3],
];

test("hands a newer trust set to netd, keeps it, and says at the next hello that it has it", () => {
  const set = { version: 2 };
  const told = run(agentOf("device"), [...up, [frame({ kind: "trust", set }), 5]]);
  expect(told.effects).toMatchObject([
    { kind: "netd", request: { verb: "trust", set } },
    { kind: "storeTrust", set },
  ]);
  const lost = { kind: "netdLost", because: { code: "SP-401", params: { socket: "s", why: "w" } } };
  const again = run(told.state, [
    [lost as AgentEvent, 6],
    [{ kind: "netdReady", wireguard: "kernel", configVersion: 0 }, 7],
  ]);
  expect(again.effects).toContainEqual(
    expect.objectContaining({ request: { verb: "trust", set } }),
  );
  const closed = { kind: "linkClosed", connection: 1, code: 1006, error: null } as const;
  const reconnected = run(again.state, [
    [closed, 8],
    [{ kind: "tick" }, 60_000],
    [{ kind: "linkOpened", connection: again.state.link.connection + 2 }, 60_001],
  ]);
  expect(reconnected.effects).toMatchObject([
    { kind: "send", message: { kind: "hello", trustVersion: 2 } },
  ]);
});
