/** Takes the agent's core through events, as its loop would, and what such events and answers look like. */
import { transition } from "../../agent/core/agent.ts";
import type { AgentEffect } from "../../agent/core/effect.ts";
import type { AgentEvent } from "../../agent/core/event.ts";
import type { Observed } from "../../agent/core/netd.ts";
import type { AgentState } from "../../agent/core/state.ts";
import { context, welcomeAt } from "./agent-samples.ts";

/** Events, each with the monotonic ms at which it happens. */
export type AgentSteps = readonly (readonly [AgentEvent, number])[];

/** What steps led to; `effects` are those of the last one. */
export interface AgentRun {
  readonly state: AgentState;
  readonly effects: readonly AgentEffect[];
}

/** Takes the steps one after the other. */
export function runSteps(state: AgentState, steps: AgentSteps): AgentRun {
  let reached: AgentRun = { state, effects: [] };
  for (const [event, at] of steps) reached = transition(reached.state, event, context(at));
  return reached;
}

/** Takes the steps and keeps the effects of all of them. */
export function runThrough(state: AgentState, steps: AgentSteps): AgentRun {
  let reached = state;
  const effects: AgentEffect[] = [];
  for (const [event, at] of steps) {
    const step = transition(reached, event, context(at));
    reached = step.state;
    effects.push(...step.effects);
  }
  return { state: reached, effects };
}

/** Returns a message of the controller on the first connection. */
export function frameOf(
  message: Extract<AgentEvent, { kind: "frame" }>["message"],
  configVersion = 7,
): AgentEvent {
  return { kind: "frame", connection: 1, message, configVersion };
}

/** Until the link is up. */
export const linked: AgentSteps = [
  [{ kind: "started", enrolling: false, spoolCorrupt: false }, 0],
  [{ kind: "netdReady", wireguard: "kernel", configVersion: 0 }, 1],
  [{ kind: "linkOpened", connection: 1 }, 2],
  [frameOf(welcomeAt(3)), 3],
];

/** What netd reads of a kernel in which everything of ours stands. */
export const observedWhole: Observed = {
  wireguard: "kernel",
  configVersion: 7,
  guard: { table: true, rules: true },
  routes: [],
  peers: [],
  grants: [],
  findings: [],
};
