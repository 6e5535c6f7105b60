/** Carries out the core's effects through the ports; their answers come back as events. */
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { AgentEffect } from "../core/effect.ts";
import type { AgentEvent } from "../core/event.ts";
import type { Batch } from "../core/link/batch.ts";
import type { Membership, Ports } from "../ports.ts";

/** Takes an event into the loop; never throws into the adapter that calls it. */
export type Dispatch = (event: AgentEvent) => void;

/** Carries one effect out and waits for none. */
export function carryOut(effect: AgentEffect, to: Ports, dispatch: Dispatch): void {
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
    case "keepOwner":
      return to.memory.keepOwner(effect.owner);
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
  const { client, id, asked } = effect;
  const { sinceAt } = asked;
  to.sent.read(asked).then(
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
