/** From changed facts to sealed events on the wire and on disk. Sending comes before storing. */
import type { Fact } from "#shared/posture/fact.ts";
import { type AgentEffect, type Step, still, after, withWarning } from "./effect.ts";
import { nextBatches } from "./link/batch.ts";
import { acknowledge, type Gap, gapsOf, seal, shed } from "./link/outbox.ts";
import { type PostureInput, transition } from "./posture/posture.ts";
import type { AgentState, Context } from "./state.ts";

/** Moves the posture machine and publishes what changed. */
export function runPosture(state: AgentState, event: PostureInput, context: Context): Step {
  const moved = transition(state.posture, event, context.now);
  let step: Step = still({ ...state, posture: moved.state });
  for (const effect of moved.effects) {
    step = after(step, (reached) =>
      effect.kind === "collect"
        ? { state: reached, effects: [{ kind: "collect", request: effect.request }] }
        : news(reached, effect.facts, context),
    );
  }
  return step;
}

/** Nothing is recorded for a controller that we have not joined. */
function news(state: AgentState, facts: readonly Fact[], context: Context): Step {
  return state.enrolment.kind === "joined" ? publish(state, { facts }, context) : still(state);
}

/** Seals facts and gap records into events, sends them when there is a link, and spools them. */
export function publish(
  state: AgentState,
  what: { readonly facts: readonly Fact[]; readonly gaps?: readonly Gap[] },
  context: Context,
): Step {
  const { outbox, sealed } = seal(state.outbox, what, context);
  if (sealed.length === 0) return still(state);
  const sent = flush({ ...state, outbox }, context);
  const stored = after(sent, (reached) => ({
    state: reached,
    effects: [{ kind: "spool", append: sealed }],
  }));
  return after(stored, (reached) => relieve(reached, context));
}

/** Sends what may travel now; nothing while there is no link. */
export function flush(state: AgentState, context: Context): Step {
  if (state.link.phase.kind !== "up") return still(state);
  const { outbox, batches } = nextBatches(state.outbox, context.now);
  if (batches.length === 0) return still(state);
  const { connection } = state.link;
  return {
    state: { ...state, outbox, reportedAt: context.now.wallAt },
    effects: batches.map((batch): AgentEffect => ({ kind: "report", connection, batch })),
  };
}

/** Forgets what the controller holds durably, on disk too, and sends what waited for room. */
export function acked(
  state: AgentState,
  name: { readonly epoch: string; readonly seq: number },
  context: Context,
): Step {
  const outbox = acknowledge(state.outbox, name.epoch, name.seq);
  if (outbox === state.outbox) return still(state);
  const cleared = withWarning({ ...state, outbox }, "spoolFull", null);
  const step: Step = {
    state: cleared,
    effects: [{ kind: "unspool", names: [], upTo: { epoch: name.epoch, seq: name.seq } }],
  };
  return after(step, (reached) => flush(reached, context));
}

function relieve(state: AgentState, context: Context): Step {
  const { outbox, dropped } = shed(state.outbox);
  if (dropped.length === 0) return still(state);
  const warned = withWarning({ ...state, outbox }, "spoolFull", {
    code: "SP-301",
    params: { events: outbox.pending.length },
  });
  const step: Step = {
    state: warned,
    effects: [
      {
        kind: "unspool",
        names: dropped.map(({ epoch, seq }) => ({ epoch, seq })),
        upTo: null,
      },
    ],
  };
  const gaps = gapsOf(outbox, { dropped, because: "spool_full" });
  return after(step, (reached) => publish(reached, { facts: [], gaps }, context));
}
