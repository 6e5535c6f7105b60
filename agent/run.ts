/** The only loop: event -> core -> effects -> ports. It decides nothing. */
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { Batch } from "./core/link/batch.ts";
import { nextDeadline, transition } from "./core/agent.ts";
import type { AgentEffect } from "./core/effect.ts";
import type { AgentEvent } from "./core/event.ts";
import type { Digest } from "./core/link/outbox.ts";
import { stateOf } from "./core/local/status.ts";
import { type AgentState, initialState, type Start } from "./core/state.ts";
import type {
  ControllerLink,
  Clock,
  Collectors,
  LocalApi,
  Log,
  Membership,
  Memory,
  Netd,
  SentJournal,
  Spool,
} from "./ports.ts";

/** Everything the loop talks to. */
export interface Ports {
  readonly clock: Clock;
  readonly link: ControllerLink;
  readonly netd: Netd;
  readonly membership: Membership;
  readonly spool: Spool;
  readonly memory: Memory;
  readonly localApi: LocalApi;
  readonly sent: SentJournal;
  readonly collectors: Collectors;
  readonly log: Log;
}

/** Takes an event into the loop; never throws into the adapter that calls it. */
export type Dispatch = (event: AgentEvent) => void;

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

function carryOut(effect: AgentEffect, to: Ports, dispatch: Dispatch): void {
  switch (effect.kind) {
    case "connect":
      return to.link.connect(effect.connection, effect.url);
    case "disconnect":
      return to.link.close(effect.connection, effect.code, effect.reason);
    case "ping":
      return to.link.ping(effect.connection);
    case "send":
      return say(effect.connection, effect.message, to);
    case "report":
      return report(effect.connection, effect.batch, to);
    case "netd":
      return settle(to.netd.request(effect.request), dispatch, (answer) => ({
        kind: "netdAnswered",
        topic: effect.topic,
        answer,
      }));
    case "collect":
      return settle(to.collectors.collect(effect.request), dispatch, (answer) => ({
        kind: "collected",
        answer,
      }));
    case "inventory":
      return settle(to.collectors.inventory(), dispatch, (raw) => ({ kind: "inventoried", raw }));
    case "spool":
      return to.spool.append(effect.append);
    case "unspool":
      return to.spool.remove(effect.names, effect.upTo);
    case "saveWish":
      return to.memory.saveWish(effect.wish);
    case "keepVerdict":
      return to.memory.keepVerdict(effect.recalled);
    case "answer":
      return to.localApi.answer(effect.client, effect.id, effect.answer);
    case "noteTurn":
      return noteTurn(effect.signal, to);
    case "answerEvidence":
      return answerEvidence(effect, to);
    case "answerPrivacy":
      return answerPrivacy(effect, to);
    case "enrol":
    case "forgetIdentity":
    case "renewLate":
    case "storeCertificate":
    case "storeTrust":
      return changeMembership(effect, to.membership, dispatch);
  }
}

function changeMembership(
  effect: Extract<
    AgentEffect,
    { kind: "enrol" | "forgetIdentity" | "renewLate" | "storeCertificate" | "storeTrust" }
  >,
  membership: Membership,
  dispatch: Dispatch,
): void {
  switch (effect.kind) {
    case "enrol":
      return settle(membership.enrol(effect.by), dispatch, (outcome) =>
        outcome.kind === "enrolled" ? outcome : { kind: "enrolmentAnswered", outcome },
      );
    case "forgetIdentity":
      return settle(membership.forget(), dispatch, () => noTrouble("identity"));
    case "renewLate":
      return settle(membership.renewLate(effect.url), dispatch, (outcome) =>
        outcome.kind === "renewed"
          ? { kind: "certificateStored", certificate: outcome.certificate }
          : { kind: "lateRenewalFailed", error: outcome.error },
      );
    case "storeCertificate":
      return settle(membership.storeCertificate(effect.chain), dispatch, (outcome) =>
        outcome.kind === "renewed"
          ? { kind: "certificateStored", certificate: outcome.certificate }
          : { kind: "trouble", topic: "certificate", error: outcome.error },
      );
    case "storeTrust":
      return settle(membership.storeTrust(effect.set), dispatch, () => noTrouble("identity"));
  }
}

function noteTurn(signal: string, to: Ports): void {
  to.log.write("warn", "signal turned good right after a denial", {
    signal,
    before: to.collectors.formerEvidence(signal) ?? "",
    after: to.collectors.evidence(signal) ?? "",
  });
}

/** The text is absent where the fact was not read but noticed, or nothing was read since the start. */
function answerEvidence(effect: Extract<AgentEffect, { kind: "answerEvidence" }>, to: Ports): void {
  const { client, id, fact } = effect;
  const { signal, collector, evidence } = fact;
  const raw = to.collectors.evidence(signal) ?? null;
  to.localApi.answer(client, id, { ok: true, body: { signal, collector, ...evidence, raw } });
}

/** People are told by the very messages what was shared. */
function answerPrivacy(effect: Extract<AgentEffect, { kind: "answerPrivacy" }>, to: Ports): void {
  const { client, id, sinceAt } = effect;
  to.sent.read(sinceAt).then(
    (body) => to.localApi.answer(client, id, { ok: true, body: { ...body, sinceAt } }),
    (cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      const error: ErrorRef = { code: "SP-422", params: { why } };
      to.localApi.answer(client, id, { ok: false, error });
    },
  );
}

function say(connection: number, message: AgentMessage, to: Ports): void {
  to.link.send(connection, message);
  to.sent.note(message);
}

/** Signs and sends a batch, and writes the lines from which the cut-off's phases are read. */
function report(connection: number, batch: Batch, to: Ports): void {
  const { batchId, events, head } = batch;
  const sig = to.membership.sign(head);
  const { monotonicMs } = to.clock.now();
  say(connection, { kind: "report", batchId, events: [...events], head, sig }, to);
  for (const event of events) {
    if (event.fact === null) continue;
    const { signal } = event.fact;
    to.log.write("info", "posture event sent", { signal, seq: event.seq, monotonicMs });
  }
}

function settle<T>(
  result: Promise<T>,
  dispatch: Dispatch,
  eventOf: (value: T) => AgentEvent,
): void {
  result.then(
    (value) => dispatch(eventOf(value)),
    (cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      const { code, params } =
        cause instanceof CodedError ? cause : new CodedError("SP-901", { why });
      dispatch({ kind: "trouble", topic: "effect", error: { code, params } });
    },
  );
}

function noTrouble(topic: string): AgentEvent {
  return { kind: "trouble", topic, error: null };
}

function writeTransition(
  log: Log,
  transition: { before: AgentState; event: AgentEvent; after: AgentState },
): void {
  const { before, event, after } = transition;
  writeGrantsApplied(log, event);
  writeDisconnect(log, transition);
  const from = phasesOf(before);
  const to = phasesOf(after);
  const error = errorOf(event);
  const fields = { from, event: eventName(event), to, ...(error === null ? {} : { error }) };
  log.write(from === to && error === null ? "debug" : "info", "transition", fields);
}

/** The line from which the last phase of a cut-off is read. */
function writeGrantsApplied(log: Log, event: AgentEvent): void {
  if (event.kind !== "netdAnswered" || event.topic.kind !== "grants") return;
  const { kernelAtMs } = event.answer;
  if (kernelAtMs === null) return;
  const { removed, receivedMonotonicMs } = event.topic;
  log.write("info", "grants applied", {
    removed,
    receivedAtMonotonicMs: receivedMonotonicMs,
    kernelAtMs,
  });
}

/** The reason that somebody gave stands here, and nowhere else. */
function writeDisconnect(
  log: Log,
  { before, event, after }: { before: AgentState; event: AgentEvent; after: AgentState },
): void {
  if (before.tunnel.wish === after.tunnel.wish) return;
  const { wish } = after.tunnel;
  if (event.kind !== "asked" || event.request.verb !== "down") {
    log.write("info", "tunnel wished", { wish });
    return;
  }
  const { reason } = event.request;
  log.write("info", "tunnel wished", { wish, user: event.peer.user, reason });
}

function phasesOf(state: AgentState): string {
  return `${stateOf(state)}/${state.link.phase.kind}`;
}

function eventName(event: AgentEvent): string {
  if (event.kind === "frame") return `frame ${event.message.kind}`;
  if (event.kind === "netdAnswered") return `netdAnswered ${event.topic.kind}`;
  if (event.kind === "netdNoticed") return `netdNoticed ${event.name}`;
  return event.kind === "asked" ? `asked ${event.request.verb}` : event.kind;
}

function errorOf(event: AgentEvent): unknown {
  if ("error" in event) return event.error;
  if (event.kind === "netdLost") return event.because;
  if (event.kind === "netdAnswered") return event.answer.error;
  if (event.kind === "frame") return event.message.kind === "error" ? event.message : null;
  const refused = event.kind === "enrolmentAnswered" && event.outcome.kind === "failed";
  return refused ? event.outcome.error : null;
}
