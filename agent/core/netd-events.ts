/** What netd says: answers to the couriers' requests, and events of the kernel. */
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { grantListing } from "#shared/grant/listing.ts";
import { type Step, still, after, withWarning } from "./effect.ts";
import type { NetdEvent } from "./event.ts";
import { withDenied } from "./gateway/denied.ts";
import { heldGrants } from "./gateway/courier.ts";
import { runCourier } from "./gateway/run-courier.ts";
import { say } from "./link/say.ts";
import { answerDoctor } from "./local/answering.ts";
import { answerPortal } from "./local/sign-in.ts";
import { type NetdAnswer, type NetdTopic, refusalError, renewedFiles } from "./netd.ts";
import { runPosture } from "./reporting.ts";
import type { AgentState, Context } from "./state.ts";
import { tamperedNow } from "./tampering.ts";
import { observeWhenDue, tellObserved, withFindings } from "./telemetry.ts";
import { outcomeOf } from "./tunnel/outcome.ts";
import { runTunnel } from "./tunnel/run-tunnel.ts";

/** Reacts to netd. */
export function onNetd(state: AgentState, event: NetdEvent, context: Context): Step {
  switch (event.kind) {
    case "netdReady":
      return ready(state, event, context);
    case "netdLost":
      return runTunnel({ ...state, silentEndpoint: null }, event, context);
    case "netdAnswered":
      return answered(state, event, context);
    case "netdNoticed":
      return noticed(state, event, context);
  }
}

function ready(
  state: AgentState,
  event: Extract<NetdEvent, { kind: "netdReady" }>,
  context: Context,
): Step {
  const [renewed = null] = renewedFiles(event.setAside);
  const warned = withWarning(state, "netdState", renewed);
  let step: Step = still(warned);
  if (state.identity !== null) {
    const request = { verb: "trust", set: state.identity.trust } as const;
    step = { state: warned, effects: [{ kind: "netd", request, topic: { kind: "trust" } }] };
  }
  step = after(step, (reached) => runTunnel(reached, event, context));
  step = after(step, (reached) => runCourier(reached, { kind: "netdReady" }, context));
  step = after(step, (reached) => runPosture(reached, { kind: "recheck" }, context));
  return after(step, (reached) => observeWhenDue({ ...reached, observedMs: null }, context));
}

function answered(
  state: AgentState,
  event: Extract<NetdEvent, { kind: "netdAnswered" }>,
  context: Context,
): Step {
  const { topic, answer } = event;
  switch (topic.kind) {
    case "trust": {
      const told = withWarning(state, "trust", errorOf(answer, "trust set"));
      return answer.ok ? runTunnel(told, { kind: "trustTaken" }, context) : still(told);
    }
    case "breakGlass":
      return (answer.openings ?? []).reduce(
        (step: Step, opening) =>
          after(step, (reached) => say(reached, { kind: "breakGlassOpened", opening })),
        still(state),
      );
    case "link":
      return still(withWarning(state, "netdLink", errorOf(answer, "link")));
    case "narrow":
      return still(withWarning(state, "narrow", errorOf(answer, "narrow")));
    case "config": {
      const { version } = topic;
      const { os } = state.host;
      const moved = runTunnel(state, { kind: "configAnswered", version, answer, os }, context);
      const { result, errors } = outcomeOf(answer, version, os);
      const asked = after(after(moved, askPong), (reached) => mended(state, reached, context));
      return after(asked, (reached) =>
        say(
          reached,
          applied(
            { what: "config", ref: String(version), result, errors: [...errors] },
            event,
            context,
          ),
        ),
      );
    }
    case "grants":
    case "snapshot":
    case "leases":
      return courierAnswered(state, event, context);
    case "check": {
      const { observed } = answer;
      if (observed === null) return still(state);
      const held = heldGrants(observed, context.now.wallAt + state.link.skewMs);
      const listed = context.digest(grantListing(held));
      return runCourier(state, { kind: "observed", hash: topic.hash, listed }, context);
    }
    case "telemetry":
      return tellObserved(state, answer.observed, context);
    case "doctor":
      return answerDoctor(withFindings(state, answer.observed), topic, answer);
    case "portal":
      return answerPortal(state, topic, answer);
  }
}

/** What came before the gateway's configuration was whole, netd has refused: it wants all grants anew. */
function mended(before: AgentState, state: AgentState, context: Context): Step {
  const was = before.tunnel.applied?.result ?? "ok";
  if (was === "ok" || state.tunnel.applied?.result !== "ok") return still(state);
  return runCourier(state, { kind: "netdReady" }, context);
}

function askPong(state: AgentState): Step {
  const { phase, connection } = state.link;
  if (phase.kind !== "up") return still(state);
  return { state, effects: [{ kind: "ping", connection }] };
}

function courierAnswered(
  state: AgentState,
  event: Extract<NetdEvent, { kind: "netdAnswered" }>,
  context: Context,
): Step {
  const { topic, answer } = event;
  const error = errorOf(answer, topic.kind);
  const report = say(
    state,
    applied(
      {
        what: topic.kind === "grants" || topic.kind === "snapshot" ? topic.kind : "leases",
        ref: refOf(topic),
        result: answer.ok ? "ok" : "failed",
        errors: error === null ? [] : [error],
      },
      event,
      context,
    ),
  );
  const silent =
    answer.ok && (topic.kind === "leases" || (topic.kind === "snapshot" && !topic.last));
  return silent ? still(state) : report;
}

function applied(
  outcome: Pick<Extract<AgentMessage, { kind: "applied" }>, "what" | "ref" | "result" | "errors">,
  event: Extract<NetdEvent, { kind: "netdAnswered" }>,
  context: Context,
): AgentMessage {
  const { topic, answer } = event;
  const now = context.now.monotonicMs;
  const receivedMs = topic.kind === "grants" ? topic.receivedMonotonicMs : now;
  const message: AgentMessage = {
    kind: "applied",
    ...outcome,
    tookMs: Math.max(0, now - receivedMs),
    clockMs: now,
  };
  if (answer.kernelAtMs === null) return message;
  return { ...message, kernelAtAgeMs: Math.max(0, now - answer.kernelAtMs) };
}

function noticed(
  state: AgentState,
  event: Extract<NetdEvent, { kind: "netdNoticed" }>,
  context: Context,
): Step {
  switch (event.name) {
    case "firewallChanged":
      return runPosture(state, { kind: "changed", signals: ["firewall.ipv4"] }, context);
    case "processEnded":
      return runPosture(
        state,
        { kind: "changed", signals: ["edr.running", "edr.healthy"] },
        context,
      );
    case "clockJumped":
      // After a suspend every age is a guess, and a gateway's live set was emptied.
      return after(runPosture(state, { kind: "recheck" }, context), (reached) =>
        runCourier(reached, { kind: "netdReady" }, context),
      );
    case "tampered": {
      const facts = tamperedNow(event.what, context);
      const tampered = { ...state, tamperedMs: context.now.monotonicMs };
      return runPosture(tampered, { kind: "reported", facts }, context);
    }
    case "denied":
      if (event.denied === undefined) return still(state);
      return still({ ...state, denied: withDenied(state.denied, event.denied) });
    case "linkChanged":
    case "addressChanged":
      return runTunnel(state, { kind: "networkChanged" }, context);
    case "handshakeLost":
      return still({ ...state, silentEndpoint: event.endpoint ?? "" });
    case "handshake":
      return still({ ...state, silentEndpoint: null });
    case "failover":
      return still(state); // netd moves the routes by itself; the transition is logged
    case "configReturned":
      return observeWhenDue({ ...state, observedMs: null }, context);
  }
}

function errorOf(answer: NetdAnswer, what: string): ReturnType<typeof refusalError> | null {
  if (answer.ok) return null;
  return refusalError(answer.error ?? { code: "bad_request", at: "", detail: "no reason" }, what);
}

function refOf(topic: NetdTopic): string {
  if (topic.kind === "grants") return String(topic.n);
  return topic.kind === "snapshot" ? topic.hash : topic.kind;
}
