/** What comes over the link to the controller, and who gets it. */
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import { type Step, still, after, withWarning } from "./effect.ts";
import type { ControllerLinkEvent } from "./event.ts";
import { runCourier } from "./gateway/run-courier.ts";
import { answerAccessRequest } from "./local/access-request.ts";
import { answerSignIn, keepSignedIn } from "./local/user-sign-in.ts";
import { rewind } from "./link/outbox.ts";
import { keepVerdict, runLink } from "./link/run-link.ts";
import { say } from "./link/say.ts";
import { reportRefused, settleRefused } from "./refused-report.ts";
import { takeVerdict } from "./posture/quick-turn.ts";
import { acked, flush, runPosture } from "./reporting.ts";
import type { AgentState, Context } from "./state.ts";
import { judgedBy } from "./local/failing.ts";
import { runTunnel } from "./tunnel/run-tunnel.ts";

/** Beyond this the clock is a trouble of its own: certificates and people disagree. */
const skewMaxMs = 120_000;

/** Reacts to the link adapter. */
export function onControllerLink(
  state: AgentState,
  event: ControllerLinkEvent,
  context: Context,
): Step {
  switch (event.kind) {
    case "linkOpened":
    case "linkClosed":
      return runLink(state, event, context);
    case "linkHeard": {
      if (event.connection !== state.link.connection) return still(state);
      const heard = runLink(state, event, context);
      // A pong that was asked for after a configuration proves that the link survived it.
      return after(heard, (reached) => runTunnel(reached, { kind: "linkProved" }, context));
    }
    case "frame": {
      if (event.connection !== state.link.connection) return still(state);
      const heard = runLink(state, { kind: "linkHeard", connection: event.connection }, context);
      return after(heard, (reached) => onFrame(reached, event, context));
    }
    case "frameRefused": {
      const { code, params } = event.error;
      const re = String(params["kind"] ?? "").slice(0, 128);
      const detail = String(params["why"] ?? "").slice(0, 512);
      return say(state, { kind: "error", code, detail, re });
    }
  }
}

function onFrame(
  state: AgentState,
  event: Extract<ControllerLinkEvent, { kind: "frame" }>,
  context: Context,
): Step {
  const { message } = event;
  switch (message.kind) {
    case "welcome":
      return welcomed(state, message, context);
    case "ack": {
      const step = acked(state, message, context);
      return { state: settleRefused(step.state), effects: step.effects };
    }
    case "config": {
      const config = { version: event.configVersion, jws: message.jws };
      return runTunnel(state, { kind: "configReceived", config }, context);
    }
    case "grants":
    case "snapshot":
    case "leases":
    case "check":
      return runCourier(state, { kind: "streamed", message }, context);
    case "certificate":
      return { state, effects: [{ kind: "storeCertificate", chain: message.chain }] };
    case "trust":
      return {
        state: withTrust(state, message.set),
        effects: [
          { kind: "netd", request: { verb: "trust", set: message.set }, topic: { kind: "trust" } },
          { kind: "storeTrust", set: message.set },
        ],
      };
    case "verdict":
      return after(
        runTunnel(
          { ...state, judged: judgedBy(message, state.posture) },
          { kind: "verdictReceived", verdict: message },
          context,
        ),
        (told) => after(keepVerdict(told, null), (kept) => noteTurns(kept, message, context)),
      );
    case "command":
      return onCommand(state, message, context);
    case "accessAnswer":
      return answerAccessRequest(state, message);
    case "signInAnswer":
      return answerSignIn(state, message);
    case "userSession":
      return keepSignedIn(state, message);
    case "error":
      // Others are said for the log; what the controller wants changed it says by closing the link.
      return message.code === "SP-209" && message.re !== undefined
        ? reportRefused(state, message.re, context)
        : still(state);
  }
}

function welcomed(
  state: AgentState,
  message: Extract<ControllerMessage, { kind: "welcome" }>,
  context: Context,
): Step {
  const { connection } = state.link;
  const linked = runLink(state, { kind: "welcomed", connection, message }, context);
  if (linked.state.link.phase.kind !== "up") return linked;
  const { skewMs } = linked.state.link;
  const skewed = Math.abs(skewMs) > skewMaxMs;
  const warned = withWarning(
    { ...linked.state, outbox: rewind(linked.state.outbox) },
    "clock",
    skewed
      ? { code: "SP-120", params: { skewSeconds: Math.round(Math.abs(skewMs) / 1000) } }
      : null,
  );
  const known = { epoch: message.epoch, seq: message.ackedSeq };
  let step: Step = { state: warned, effects: linked.effects };
  step = after(step, (reached) => runTunnel(reached, { kind: "linkUp" }, context));
  step = after(step, (reached) => runCourier(reached, { kind: "linkUp" }, context));
  step = after(step, askBreakGlassOpenings);
  step = after(step, (reached) => acked(reached, known, context));
  return after(step, (reached) => flush(reached, context));
}

/** What was opened without the controller is told to it as soon as it is back. */
function askBreakGlassOpenings(state: AgentState): Step {
  if (state.host.role !== "gateway") return still(state);
  const request = { verb: "breakGlassLog" } as const;
  return { state, effects: [{ kind: "netd", request, topic: { kind: "breakGlass" } }] };
}

function onCommand(
  state: AgentState,
  message: Extract<ControllerMessage, { kind: "command" }>,
  context: Context,
): Step {
  const late = context.now.wallAt + state.link.skewMs > message.deadlineAt;
  const done = (result: "ok" | "failed", why: string): AgentMessage => ({
    kind: "applied",
    what: "command",
    ref: message.id,
    result,
    errors:
      result === "ok" ? [] : [{ code: "SP-205", params: { kind: `command ${message.verb}`, why } }],
    tookMs: 0,
  });
  if (late) return say(state, done("failed", "its deadline has passed"));
  switch (message.verb) {
    case "recheck": {
      const { signals } = message.args;
      const asked = runPosture(
        state,
        signals === undefined ? { kind: "recheck" } : { kind: "recheck", signals },
        context,
      );
      return after(asked, (reached) => say(reached, done("ok", "")));
    }
    case "disconnect": {
      const request = { verb: "narrow", what: "block" } as const;
      const closed: Step = {
        state,
        effects: [{ kind: "netd", request, topic: { kind: "narrow", what: "block" } }],
      };
      return after(closed, (reached) => say(reached, done("ok", "")));
    }
    case "evidence":
    case "bundle":
      return say(state, done("failed", "this agent does not offer it"));
  }
}

function withTrust(state: AgentState, trust: Readonly<Record<string, unknown>>): AgentState {
  const { identity } = state;
  return identity === null ? state : { ...state, identity: { ...identity, trust } };
}

function noteTurns(
  state: AgentState,
  verdict: Extract<ControllerMessage, { kind: "verdict" }>,
  context: Context,
): Step {
  const { denials, turned } = takeVerdict(state.denials, verdict.levels, context.now.monotonicMs);
  const effects = turned.map((signal) => ({ kind: "noteTurn", signal }) as const);
  return { state: { ...state, denials }, effects };
}
