/** The only loop: event -> core -> effects -> ports. It decides nothing. */
import { nextDeadline, transition } from "./core/agent.ts";
import type { AgentEvent } from "./core/event.ts";
import type { Digest } from "./core/link/outbox.ts";
import { initialState, type Start } from "./core/state.ts";
import type { Clock, Ports } from "./ports.ts";
import { carryOut, type Dispatch } from "./run/carry-out.ts";
import { writeTransition } from "./run/transition-line.ts";

/** A running agent. */
export interface RunningAgent {
  readonly dispatch: Dispatch;
  /** Says goodbye to the controller and takes nothing in any more; the ports are the caller's. */
  stop(): void;
}

/** Starts the loop; `ports` may dispatch from the moment they are made. */
export function runAgent(
  start: Start,
  tools: { readonly digest: Digest; readonly clock: Clock },
  makePorts: (dispatch: Dispatch) => Ports,
): RunningAgent {
  const queue: AgentEvent[] = [];
  let state = initialState(start, tools.clock.now());
  let ports: Ports | null = null;
  let draining = false;
  let ended = false;

  const dispatch: Dispatch = (event) => {
    if (ended) return;
    queue.push(event);
    if (ports !== null && !draining) drain(ports);
  };
  const drain = (to: Ports): void => {
    draining = true;
    try {
      for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
        const before = state;
        const now = to.clock.now();
        const step = transition(state, event, { now, digest: tools.digest });
        state = step.state;
        for (const effect of step.effects) carryOut(effect, to, dispatch);
        writeTransition(to.log, { before, event, after: state });
      }
    } finally {
      draining = false;
    }
    to.clock.wakeAt(nextDeadline(state)?.at ?? null, () => dispatch({ kind: "tick" }));
  };

  const made = makePorts(dispatch);
  made.collectors.watch((signals) => dispatch({ kind: "signalsChanged", signals }));
  ports = made;
  dispatch({
    kind: "started",
    enrolling: start.enrolling,
    managed: start.enrollingManaged === true,
    spoolCorrupt: start.spool.corrupt,
  });
  return {
    dispatch,
    stop: () => {
      dispatch({ kind: "stopping" });
      ended = true;
      made.clock.wakeAt(null, () => undefined);
    },
  };
}
