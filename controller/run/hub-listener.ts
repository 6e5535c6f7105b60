/** Turns what the agents' port tells into events, and answers it where it asks. */
import { describeError } from "#shared/base/coded-error.ts";
import { parseSpiffe } from "#shared/base/spiffe.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { admit } from "../core/admission/admission.ts";
import type { ControllerEvent } from "../core/event.ts";
import type { ControllerState } from "../core/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { Geography } from "../ports/geography.ts";
import type { HubListener } from "../ports/hub.ts";
import type { Log } from "../ports/log.ts";
import type { Mailroom } from "./mailroom.ts";
import type { Census } from "./census.ts";
import type { CutoffMeter } from "./cutoff-meter.ts";
import { type EnrolmentParts, makeEnrolment } from "./enrolment.ts";
import { makeIdentityEnrolment } from "./identity-enrolment.ts";
import { takeSent } from "./outbox.ts";

/** What listening works with. */
export interface ListenerParts {
  readonly state: ControllerState;
  readonly clock: Clock;
  readonly log: Log;
  readonly geography: Geography;
  readonly mailroom: Mailroom;
  readonly meter: CutoffMeter;
  readonly census: Census;
  readonly enrolment: EnrolmentParts;
  readonly dispatch: (
    event: ControllerEvent,
    cause?: { readonly receivedAtMs: number; readonly uplinkMs: number | null },
  ) => void;
}

/** Returns the listener of the agents' port. */
export function makeHubListener(parts: ListenerParts): HubListener {
  const { state, clock, log, mailroom, dispatch } = parts;
  const roles = new Map<number, { readonly role: "device" | "gateway"; readonly id: string }>();
  return {
    admit(link, leaf, remoteAddress) {
      const verdict = admit(state, { ...leaf, remoteAddress }, clock.nowAt());
      if (verdict.kind === "refused") {
        noteRefusedProof(parts, leaf.identity);
        return verdict;
      }
      const { identity } = verdict;
      roles.set(link, identity);
      parts.census.opened(identity.role);
      const place = parts.geography.locate(remoteAddress);
      dispatch({ kind: "linkOpened", link, identity, place });
      const { role, id } = identity;
      log.info("link opened", { link, role, id, remoteAddress });
      return { kind: "admitted" };
    },
    received(link, message, batchVerified) {
      receive(parts, { link, message, signed: batchVerified });
    },
    closed(link, code) {
      const identity = roles.get(link);
      roles.delete(link);
      if (identity === undefined) return;
      parts.census.closed(identity.role, code);
      dispatch({ kind: "linkClosed", link });
      mailroom.forget(link);
      parts.meter.forget(link);
      log.info("link closed", { link, role: identity.role, id: identity.id, code });
    },
    malformed(link, error) {
      const id = roles.get(link)?.id;
      log.info("message not understood", { link, id, code: error.code, ...error.params });
      const detail = describeError(error).detail.slice(0, 512);
      const message = { kind: "error", code: error.code, detail } as const;
      mailroom.post(link, { kind: "message", message }, false);
    },
    drained: (link) => mailroom.drained(link),
    enrolment: {
      ...withRefusalsNoted(parts, makeEnrolment(parts.enrolment)),
      enrolByIdentity: makeIdentityEnrolment(parts.enrolment),
    },
  };
}

function withRefusalsNoted(
  parts: ListenerParts,
  enrolment: ReturnType<typeof makeEnrolment>,
): ReturnType<typeof makeEnrolment> {
  return {
    ...enrolment,
    async renew(leaf, remoteAddress, csr) {
      const result = await enrolment.renew(leaf, remoteAddress, csr);
      if (result.kind === "refused") noteRefusedProof(parts, leaf.identity);
      return result;
    },
  };
}

/** The handshake proved a key that we certified once: it is not just anybody who is refused. */
function noteRefusedProof({ state, dispatch }: ListenerParts, spiffe: string): void {
  const named = parseSpiffe(spiffe, state.trustDomain);
  if (named?.role === "device") dispatch({ kind: "proofRefused", identity: named.id });
}

interface Received {
  readonly link: number;
  readonly message: AgentMessage;
  readonly signed: boolean;
}

/** A line of the log names so many refused targets; the metric counts all. */
const deniedLoggedMax = 16;

function receive(parts: ListenerParts, { link, message, signed }: Received): void {
  const { clock, dispatch, state, log } = parts;
  const receivedAtMs = clock.monotonicMs();
  const uplinkMs = message.kind === "report" ? youngestMs(message.events) : null;
  if (message.kind === "beat" && message.clockMs !== undefined) {
    parts.meter.heard(link, receivedAtMs, message.clockMs);
  }
  if (message.kind === "applied") matchApplied(parts, { link, applied: message }, receivedAtMs);
  dispatch({ kind: "received", link, message, signed }, { receivedAtMs, uplinkMs });
  const id = state.links.get(link)?.identity.id;
  if (message.kind === "report") {
    for (const { seq, fact } of message.events) {
      const fields = { device: id, seq, signal: fact?.signal, monotonicMs: receivedAtMs };
      log.info("posture event received", fields);
    }
  }
  if (message.kind === "telemetry" && message.denied !== undefined) {
    log.info("packets refused", { gateway: id, denied: message.denied.slice(0, deniedLoggedMax) });
  }
  if (message.kind === "error") log.warn("agent reports an error", { id, ...message });
}

function youngestMs(events: readonly { readonly ageMs: number }[]): number {
  return Math.min(...events.map(({ ageMs }) => ageMs));
}

/** Finds what an `applied` answers, so that the core hears of grants by their ids. */
function matchApplied(
  parts: ListenerParts,
  { link, applied }: { link: number; applied: Extract<AgentMessage, { kind: "applied" }> },
  nowMs: number,
): void {
  if (applied.what !== "grants" && applied.what !== "snapshot") return;
  const jtis = takeSent(parts.mailroom.outboxOf(link), applied.ref);
  if (jtis === null) return;
  const { result, errors, tookMs, kernelAtAgeMs = 0, clockMs } = applied;
  if (result === "ok") {
    parts.meter.applied(link, applied.ref, { nowMs, tookMs, kernelAtAgeMs, clockMs });
  }
  if (jtis.length > 0) parts.dispatch({ kind: "grantsApplied", link, jtis, result, errors });
  const gateway = parts.state.links.get(link)?.identity.id;
  if (gateway !== undefined) parts.census.grants(gateway);
}
