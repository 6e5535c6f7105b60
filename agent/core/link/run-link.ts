/** Joins the link machine with the rest: what is said in hello and beat, and who hears that it came or went. */
import { capability } from "#shared/protocol/capability.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { type Step, still, after } from "../effect.ts";
import { runCourier } from "../gateway/run-courier.ts";
import { loseAskers } from "../local/asked-controller.ts";
import { beatOf } from "../posture/posture.ts";
import type { AgentState, Context } from "../state.ts";
import { runTunnel } from "../tunnel/run-tunnel.ts";
import { type LinkEvent, linkTransition } from "./link.ts";
import { ackedSeq } from "./outbox.ts";
import { say } from "./say.ts";

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
    step = after(step, loseAskers);
    step = after(step, (reached) => keepVerdict(reached, context.now.wallAt));
  }
  const lost = before !== "stopped" && moved.state.phase.kind === "waiting";
  if (!lost) return step;
  return after(step, (reached) =>
    runTunnel(reached, { kind: "linkDown", revoked: moved.state.revoked }, context),
  );
}

/** Keeps the verdict for the next process of this agent, which has nothing else to tell while no controller is reached. */
export function keepVerdict(state: AgentState, lostAt: number | null): Step {
  const { verdict } = state.tunnel;
  // A gateway is told again with each link whether it is held.
  if (verdict === null || state.identity?.role !== "device") return still(state);
  const { identity, host, judged } = state;
  const recalled = { device: identity.id, bootId: host.bootId, verdict, judged, lostAt };
  return { state, effects: [{ kind: "keepVerdict", recalled }] };
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

/** The version that a trust set names; read without verifying, for netd alone verifies. */
function trustVersionOf(trust: Readonly<Record<string, unknown>> | undefined): number {
  const version = trust?.["version"];
  return typeof version === "number" && Number.isSafeInteger(version) && version > 0 ? version : 0;
}
