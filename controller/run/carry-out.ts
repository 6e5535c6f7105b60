/** Carries out the core's effects in their order: signs what opens, queues what is sent, hands over writes. */
import { describeError, type ErrorRef } from "#shared/base/coded-error.ts";
import { grantListing } from "#shared/grant/listing.ts";
import { configCharactersMax } from "#shared/protocol/capability.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { Effect } from "../core/effect.ts";
import type { StoreWrite } from "../core/row.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Hub } from "../ports/hub.ts";
import type { Log, LogFields } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { SignInPages } from "../ports/sign-in-pages.ts";
import type { Signer } from "../ports/signer.ts";
import type { CutoffMeter } from "./cutoff-meter.ts";
import type { Mailroom } from "./mailroom.ts";
import type { TrustCourier } from "./trust-courier.ts";
import type { Writer } from "./writer.ts";

/** What carrying out works with. */
export interface CarryOutParts {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly signer: Signer;
  readonly signInPages: SignInPages;
  readonly hub: Hub;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly mailroom: Mailroom;
  readonly writer: Writer;
  readonly meter: CutoffMeter;
  readonly courier: TrustCourier;
  readonly renew: (link: number, csr: string | undefined) => void;
}

/** What caused the effects, for the measures of a cut-off; times on the monotonic clock, in ms. */
export interface Cause {
  readonly receivedAtMs: number;
  readonly decidedAtMs: number;
  /** Age of the reported facts when they were sent, or null where no report was the cause. */
  readonly uplinkMs: number | null;
  /** Whose message it was, or null where nobody's was. */
  readonly sender: string | null;
}

/** Carries out effects; log lines follow all sends, so that no removal waits for one. */
export function carryOut(parts: CarryOutParts, effects: readonly Effect[], cause: Cause): void {
  const lines: (() => void)[] = [];
  for (const effect of effects) {
    const line = carryOutOne(parts, effect, cause);
    if (line !== null) lines.push(line);
  }
  for (const line of lines) line();
}

/** A line of the service log that is written later, or nothing to say. */
type LateLine = (() => void) | null;

function carryOutOne(parts: CarryOutParts, effect: Effect, cause: Cause): LateLine {
  switch (effect.kind) {
    case "send":
      return tell(parts, effect.link, effect.message);
    case "grants":
      return sendGrants(parts, effect, cause);
    case "snapshot":
      return sendSnapshot(parts, effect);
    case "config":
      return sendConfig(parts, effect);
    case "leases":
      return tell(parts, effect.link, { kind: "leases", jws: parts.signer.leases(effect.claims) });
    case "trust":
      parts.courier.greet(effect.link, effect.heldVersion);
      return null;
    case "signInPage": {
      const page = parts.signInPages.open(effect.ticket);
      const message = { kind: "signInAnswer", ref: effect.ref, result: "page", ...page } as const;
      return tell(parts, effect.link, message);
    }
    case "renew":
      parts.renew(effect.link, effect.csr);
      return null;
    case "close":
      parts.hub.close(effect.link, effect.code, effect.reason);
      return null;
    case "write":
      parts.writer.write(effect.token, effect.writes);
      return null;
    case "alarm":
      return raiseAlarm(parts, effect.subject, effect.error);
    case "tally":
      parts.metrics.count(effect.tally.name, effect.tally.labels, effect.by);
      return null;
  }
}

function tell({ mailroom }: CarryOutParts, link: number, message: ControllerMessage): null {
  mailroom.post(link, { kind: "message", message }, false);
  return null;
}

function sendConfig(
  parts: CarryOutParts,
  { link, desired }: Extract<Effect, { kind: "config" }>,
): LateLine {
  const { aud, version, kind } = desired;
  const jws = parts.signer.config(desired);
  if (jws.length > configCharactersMax) {
    // Whoever gets a frame over the limit closes the link, comes back and gets it again.
    const what = `the configuration of \`${aud}\``;
    const params = { what, size: `${jws.length} characters`, max: configCharactersMax };
    return raiseAlarm(parts, aud.slice(aud.lastIndexOf("/") + 1), { code: "SP-413", params });
  }
  tell(parts, link, { kind: "config", jws });
  return () => parts.log.info("config sent", { aud, version, kind });
}

function sendGrants(
  parts: CarryOutParts,
  effect: Extract<Effect, { kind: "grants" }>,
  cause: Cause,
): LateLine {
  const { mailroom, log, meter } = parts;
  const { link, gateway, urgent, remove } = effect;
  const add = effect.add.map((claims) => mailroom.sign(claims));
  mailroom.post(link, { kind: "grants", add, remove }, urgent);
  const sentAtMs = parts.clock.monotonicMs();
  const added = add.map(({ jti }) => jti);
  const { urgent: urgentLeft, normal: normalLeft, n } = mailroom.outboxOf(link);
  const { uplinkMs, receivedAtMs, decidedAtMs, sender } = cause;
  // What waits behind others goes out under a number, and at a time, that are not known yet.
  if (urgentLeft.length === 0 && (urgent || normalLeft.length === 0)) {
    const isCut = urgent && uplinkMs !== null && sender !== null;
    const cut = isCut ? { device: sender, uplinkMs, receivedAtMs, decidedAtMs } : null;
    const removed = remove.length + effect.narrowed.length;
    meter.sent(link, String(n), { sentAtMs, cut, removed });
  }
  if (!urgent) return () => log.info("grants sent", { gateway, jtis: added });
  const fields: LogFields = {
    gateway,
    jtis: [...remove, ...effect.narrowed],
    ...(added.length === 0 ? {} : { replacedBy: added }),
    decidedAtMonotonicMs: decidedAtMs,
    monotonicMs: sentAtMs,
  };
  return () => log.info("grants removal sent", fields);
}

function sendSnapshot(
  { mailroom, crypto, log }: CarryOutParts,
  { link, epoch, grants }: Extract<Effect, { kind: "snapshot" }>,
): LateLine {
  const hash = crypto.sha256Hex(grantListing(grants));
  const signed = grants.map((claims) => mailroom.sign(claims));
  mailroom.post(link, { kind: "snapshot", epoch, hash, grants: signed }, false);
  return () => log.info("snapshot sent", { link, grants: grants.length });
}

function raiseAlarm(parts: CarryOutParts, subject: string, error: ErrorRef): LateLine {
  const { slug, detail, log } = describeError(error);
  const write: StoreWrite = {
    kind: "audit",
    at: parts.clock.nowAt(),
    actor: "controller",
    action: `alarm ${slug}`,
    subject,
    detail: { code: error.code, ...error.params },
  };
  parts.writer.write(null, [write]);
  const { code, params } = error;
  return () => parts.log[log]("alarm", { code, slug, subject, detail, params });
}
