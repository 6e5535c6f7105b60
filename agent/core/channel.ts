/** Joins the link machine with the rest: what is said in hello and beat, and where frames go. */
import { capability } from "#shared/protocol/capability.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import { type Step, still, after, withWarning } from "./effect.ts";
import type { ChannelEvent } from "./event.ts";
import { courierTransition } from "./gateway/courier.ts";
import { answerAccessRequest, loseAccessRequests } from "./local/access-request.ts";
import { type LinkEvent, linkTransition } from "./link/link.ts";
import { ackedSeq, rewind } from "./link/outbox.ts";
import { beatOf } from "./posture/posture.ts";
import { reportRefused, settleRefused } from "./refused-report.ts";
import { acked, flush, runPosture } from "./reporting.ts";
import type { AgentState, Context } from "./state.ts";
import { type TunnelEvent, tunnelTransition } from "./tunnel/tunnel.ts";

/** Beyond this the clock is a trouble of its own: certificates and people disagree. */
const skewMaxMs = 120_000;

/** Reacts to the link adapter. */
export function onChannel(state: AgentState, event: ChannelEvent, context: Context): Step {
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

/** Moves the link machine and tells tunnel and courier when the link comes or goes. */
export function runLink(state: AgentState, event: LinkEvent, context: Context): Step {
  const before = state.link.phase.kind;
  const moved = linkTransition(state.link, event, context.now);
  let step: Step = still({ ...state, link: moved.state });
  for (const effect of moved.effects) {
    step = after(step, (reached) => carryOut(reached, effect, context));
  }
  if (before === "up" && moved.state.phase.kind !== "up") {
    step = after(step, (reached) => runCourier(reached, { kind: "linkDown" }, context));
    step = after(step, loseAccessRequests);
    step = after(step, (reached) => keepVerdict(reached, context.now.wallAt));
  }
  const lost = before !== "stopped" && moved.state.phase.kind === "waiting";
  if (!lost) return step;
  return after(step, (reached) =>
    runTunnel(reached, { kind: "linkDown", revoked: moved.state.revoked }, context),
  );
}

/** The next process of this agent has nothing else to tell while no controller is reached. */
function keepVerdict(state: AgentState, lostAt: number | null): Step {
  const { verdict } = state.tunnel;
  if (verdict === null || state.identity === null) return still(state);
  const recalled = { device: state.identity.id, bootId: state.host.bootId, verdict, lostAt };
  return { state, effects: [{ kind: "keepVerdict", recalled }] };
}

/** Moves the tunnel machine. */
export function runTunnel(state: AgentState, event: TunnelEvent, context: Context): Step {
  const moved = tunnelTransition(state.tunnel, event, context.now);
  return { state: { ...state, tunnel: moved.state }, effects: moved.effects };
}

/** Moves the courier; only gateways have one. */
export function runCourier(
  state: AgentState,
  event: Parameters<typeof courierTransition>[1],
  context: Context,
): Step {
  if (state.host.role !== "gateway") return still(state);
  const moved = courierTransition(state.courier, event, context.now);
  let step: Step = still({ ...state, courier: moved.state });
  for (const effect of moved.effects) {
    step = after(step, (reached) =>
      effect.kind === "netd"
        ? { state: reached, effects: [effect] }
        : say(reached, { kind: "resync" }),
    );
  }
  return step;
}

/** Sends a message on the connection in use; without one it is not sent. */
export function say(state: AgentState, message: AgentMessage): Step {
  if (state.link.phase.kind !== "up") return still(state);
  return { state, effects: [{ kind: "send", connection: state.link.connection, message }] };
}

function carryOut(
  state: AgentState,
  effect: ReturnType<typeof linkTransition>["effects"][number],
  context: Context,
): Step {
  switch (effect.kind) {
    case "connect":
    case "disconnect":
    case "ping":
    case "renewLate":
      return { state, effects: [effect] };
    case "greet":
      return {
        state,
        effects: [
          { kind: "send", connection: state.link.connection, message: hello(state, context) },
        ],
      };
    case "askRenewal":
      return say(state, { kind: "renew" });
    case "beat":
      return say(state, beat(state, context));
  }
}

function hello(state: AgentState, context: Context): AgentMessage {
  const { host, identity, outbox, tunnel } = state;
  return {
    kind: "hello",
    capability,
    agentVersion: host.agentVersion,
    os: host.os,
    arch: host.arch,
    hostname: host.hostname,
    role: host.role,
    bootId: host.bootId,
    nowAt: context.now.wallAt,
    wgPublicKey: identity?.wgPublicKey ?? "",
    configVersion: tunnel.heldVersion,
    trustVersion: trustVersionOf(identity?.trust),
    epoch: outbox.epoch,
    seq: { last: outbox.lastSeq, ackedByMe: ackedSeq(outbox) },
  };
}

function beat(state: AgentState, context: Context): AgentMessage {
  const { factsText, checkedAgeMs } = beatOf(state.posture, context.now);
  return {
    kind: "beat",
    epoch: state.outbox.epoch,
    seq: state.outbox.lastSeq,
    factsDigest: context.digest(factsText),
    checkedAgeMs,
    clockMs: context.now.monotonicMs,
  };
}

function onFrame(
  state: AgentState,
  event: Extract<ChannelEvent, { kind: "frame" }>,
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
        runTunnel(state, { kind: "verdictReceived", verdict: message }, context),
        (told) => keepVerdict(told, null),
      );
    case "command":
      return onCommand(state, message, context);
    case "accessAnswer":
      return answerAccessRequest(state, message);
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

/** The version that a trust set names; read without verifying, for netd alone verifies. */
function trustVersionOf(trust: Readonly<Record<string, unknown>> | undefined): number {
  const version = trust?.["version"];
  return typeof version === "number" && Number.isSafeInteger(version) && version > 0 ? version : 0;
}
