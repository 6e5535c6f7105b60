/**
 * The agent: link, outbox, posture, tunnel and courier composed into one pure machine.
 * It never waits, reads no clock and touches nothing; run.ts carries its effects out.
 */
import { onControllerLink } from "./controller-link.ts";
import { runLink } from "./link/run-link.ts";
import { say } from "./link/say.ts";
import { runTunnel } from "./tunnel/run-tunnel.ts";
import { type Step, still, after } from "./effect.ts";
import { enrolmentDeadline } from "./enrolment.ts";
import type { AgentEvent } from "./event.ts";
import { askAgain, join, onIdentity } from "./joining.ts";
import { askInventory, inventoryDeadline, takeInventory } from "./inventory.ts";
import { linkDeadline } from "./link/link.ts";
import { onLocal, tellWatchers } from "./local/answering.ts";
import {
  beginConnected,
  reconnectDeadline,
  reconnectWhenDue,
  takeSettings,
} from "./local/disconnecting.ts";
import { type Deadline, earliest } from "./moment.ts";
import { onNetd } from "./netd-events.ts";
import { observationDeadline, observeWhenDue } from "./telemetry.ts";
import { nextDeadline as postureDeadline } from "./posture/posture.ts";
import { refusedDeadline, retryRefused } from "./refused-report.ts";
import { publish, runPosture } from "./reporting.ts";
import type { AgentState, Context } from "./state.ts";
import { tunnelDeadline } from "./tunnel/tunnel.ts";

/** Moves the agent by one event; effects are to be carried out in order. */
export function transition(state: AgentState, event: AgentEvent, context: Context): Step {
  return tellWatchers(state, react(state, event, context), context);
}

/** Returns when the agent wants a `tick`, on the monotonic clock. */
export function nextDeadline(state: AgentState): Deadline | null {
  return earliest([
    linkDeadline(state.link),
    tunnelDeadline(state.tunnel),
    enrolmentDeadline(state.enrolment),
    postureDeadline(state.posture),
    observationDeadline(state),
    refusedDeadline(state),
    inventoryDeadline(state),
    reconnectDeadline(state),
  ]);
}

function react(state: AgentState, event: AgentEvent, context: Context): Step {
  switch (event.kind) {
    case "started":
      return started(state, event, context);
    case "stopping": {
      const step = say(state, { kind: "bye", reason: "stopping" });
      return after(step, (reached) =>
        runLink(reached, { kind: "linkStopped", reason: "stopping" }, context),
      );
    }
    case "settingsRead":
      return takeSettings(state, event.settings, context);
    case "collected":
      return runPosture(state, event, context);
    case "inventoried":
      return still(takeInventory(state, event.raw));
    case "signalsChanged":
      return runPosture(state, { kind: "changed", signals: event.signals }, context);
    case "tick":
      return tick(state, context);
    case "linkOpened":
    case "linkHeard":
    case "linkClosed":
    case "frame":
    case "frameRefused":
      return onControllerLink(state, event, context);
    case "netdReady":
    case "netdLost":
    case "netdAnswered":
    case "netdNoticed":
      return onNetd(state, event, context);
    case "enrolled":
    case "enrolmentAnswered":
    case "certificateStored":
    case "lateRenewalFailed":
    case "trouble":
      return onIdentity(state, event, context);
    case "asked":
    case "clientGone":
      return onLocal(state, event, context);
  }
}

function started(
  state: AgentState,
  event: Extract<AgentEvent, { kind: "started" }>,
  context: Context,
): Step {
  let step: Step = beginConnected(state, context);
  if (event.spoolCorrupt) {
    const gaps = [{ from: 1, to: 1, because: "spool_corrupt" }] as const;
    step = after(step, (reached) => publish(reached, { facts: [], gaps }, context));
  }
  step = after(step, (reached) => runPosture(reached, { kind: "tick" }, context));
  if (state.identity !== null) {
    const { identity } = state;
    return after(step, (reached) => join(reached, identity, context));
  }
  if (!event.enrolling) return step;
  return after(step, (reached) => ({
    state: {
      ...reached,
      enrolment: { kind: "asking", wasPending: true, managed: event.managed === true },
    },
    effects: [{ kind: "enrol", by: null }],
  }));
}

function tick(state: AgentState, context: Context): Step {
  let step = runLink(state, { kind: "tick" }, context);
  step = after(step, (reached) => runTunnel(reached, { kind: "tick" }, context));
  step = after(step, (reached) => askAgain(reached, context));
  step = after(step, (reached) => retryRefused(reached, context));
  step = after(step, (reached) => askInventory(reached, context));
  step = after(step, (reached) => observeWhenDue(reached, context));
  step = after(step, (reached) => reconnectWhenDue(reached, context));
  return after(step, (reached) => runPosture(reached, { kind: "tick" }, context));
}
