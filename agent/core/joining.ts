/** Joins enrolment with the rest: what starts when we are a member, what ends when we leave. */
import { leftReason } from "#shared/protocol/agent-message.ts";
import { runLink } from "./link/run-link.ts";
import { say } from "./link/say.ts";
import { runTunnel } from "./tunnel/run-tunnel.ts";
import { type LocalAnswer, type Step, still, after, withWarning } from "./effect.ts";
import { afterOutcome } from "./enrolment.ts";
import type { IdentityEvent } from "./event.ts";
import type { Identity } from "./identity.ts";
import { openOutbox } from "./link/outbox.ts";
import { factsOf } from "./posture/posture.ts";
import { publish } from "./reporting.ts";
import type { AgentState, Context } from "./state.ts";

const emptySpool = { head: null, events: [], corrupt: false } as const;

/** Reacts to identity and disk. */
export function onIdentity(state: AgentState, event: IdentityEvent, context: Context): Step {
  switch (event.kind) {
    case "enrolled": {
      const { identity, epoch } = event;
      const fresh = openOutbox(epoch, state.host.bootId, emptySpool);
      const cleared = withWarning({ ...state, identity, outbox: fresh }, "enrolment", null);
      const joined = join(cleared, identity, context);
      const { id } = identity;
      return after(joined, (reached) =>
        tellEnroller(reached, { ok: true, body: { state: "enrolled", device: id } }),
      );
    }
    case "enrolmentAnswered":
      return answered(state, event, context);
    case "certificateStored":
      return runLink(
        withWarning(withCertificate(state, event.certificate), "certificate", null),
        { kind: "certificateIssued", certificate: event.certificate },
        context,
      );
    case "lateRenewalFailed":
      return runLink(state, event, context);
    case "trouble":
      return still(withWarning(state, event.topic, event.error));
  }
}

/** Starts link and tunnel of a member; what is already known of the machine is news to it. */
export function join(state: AgentState, identity: Identity, context: Context): Step {
  const joined: AgentState = { ...state, enrolment: { kind: "joined" } };
  const tunnel = runTunnel(joined, { kind: "joined", role: identity.role }, context);
  const told = after(tunnel, (reached) =>
    publish(reached, { facts: factsOf(reached.posture) }, context),
  );
  return after(told, (reached) => runLink(reached, { kind: "linkStarted", identity }, context));
}

/** Ends membership on this side; the network part is netd's `leave`, which only root may ask. */
export function leave(state: AgentState, context: Context): Step {
  let step = say(state, { kind: "bye", reason: leftReason });
  step = after(step, (reached) =>
    runLink(reached, { kind: "linkStopped", reason: leftReason }, context),
  );
  step = after(step, (reached) => runTunnel(reached, { kind: "left" }, context));
  const names = state.outbox.pending.map(({ epoch, seq }) => ({ epoch, seq }));
  return after(step, (reached) => ({
    state: {
      ...reached,
      identity: null,
      enrolment: { kind: "none" },
      courier: { kind: "aside" },
      outbox: openOutbox(reached.outbox.epoch, state.host.bootId, emptySpool),
      refused: null,
      reportedAt: null,
      warnings: {},
      signedIn: { user: null },
      owner: null,
      begun: null,
    },
    effects: [
      { kind: "forgetIdentity" },
      { kind: "keepOwner", owner: null },
      { kind: "keepVerdict", recalled: null },
      { kind: "unspool", names, upTo: null },
    ],
  }));
}

/** Asks the controller again whether a waiting enrolment was approved. */
export function askAgain(state: AgentState, context: Context): Step {
  const { enrolment } = state;
  if (enrolment.kind !== "pending" || context.now.monotonicMs < enrolment.retryAtMs) {
    return still(state);
  }
  return {
    state: {
      ...state,
      enrolment: { kind: "asking", wasPending: true, managed: enrolment.managed },
    },
    effects: [{ kind: "enrol", by: null }],
  };
}

function answered(
  state: AgentState,
  event: Extract<IdentityEvent, { kind: "enrolmentAnswered" }>,
  context: Context,
): Step {
  const { outcome } = event;
  const next = { ...state, enrolment: afterOutcome(state.enrolment, outcome, context.now) };
  if (outcome.kind === "failed") {
    const warned = withWarning(next, "enrolment", outcome.error);
    return tellEnroller(warned, { ok: false, error: outcome.error });
  }
  const { retryAfterSeconds } = outcome;
  // This key was taken: what was wrong with one before is over.
  const taken = withWarning(next, "enrolment", null);
  return tellEnroller(taken, { ok: true, body: { state: "pendingApproval", retryAfterSeconds } });
}

function tellEnroller(state: AgentState, answer: LocalAnswer): Step {
  const { enroller } = state;
  if (enroller === null) return still(state);
  return {
    state: { ...state, enroller: null },
    effects: [{ kind: "answer", ...enroller, answer }],
  };
}

function withCertificate(state: AgentState, certificate: Identity["certificate"]): AgentState {
  if (state.identity === null) return state;
  return { ...state, identity: { ...state.identity, certificate } };
}
