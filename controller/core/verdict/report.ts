/** Takes a report: names and digests first, then facts, then the verdict; the disk comes last. */
import { eventText } from "#shared/posture/event-text.ts";
import { entryOf } from "#shared/posture/catalogue.ts";
import { sameReading } from "#shared/posture/fact.ts";
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";
import { closeCodes } from "#shared/protocol/capability.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { Step } from "../context.ts";
import type { Tally } from "../effect.ts";
import type { HeldFact, StoreWrite } from "../row.ts";
import type { Link } from "../session/link.ts";
import type { Posture } from "../state.ts";
import { type Arrival, arrive, forget, settle, settleGap } from "./ledger.ts";
import { keepFact, ledgerOf } from "./posture.ts";

type EventsResult = Extract<Tally, { name: "sallyport_events_total" }>["labels"]["result"];

/** What a report changed: whether a reading is other than before or fresh again. */
export interface ReportOutcome {
  readonly changed: boolean;
}

/** A report as it came; `signed` tells whether its signature verified with the link's own key. */
export interface ReceivedReport {
  readonly report: AgentMessageOf<"report">;
  readonly signed: boolean;
}

const untouched: ReportOutcome = { changed: false };

/** Takes a report of an identity; the caller evaluates where something changed and then calls `writeReport`. */
export function takeReport(
  step: Step,
  source: { readonly link: Link; readonly posture: Posture },
  { report, signed }: ReceivedReport,
): ReportOutcome & { readonly rows: readonly StoreWrite[] } {
  const { identity } = source.link;
  const digests = report.events.map((event) => step.context.sha256Hex(eventText(event)));
  const epoch = report.events[0]?.epoch ?? "";
  if (!signed || !isChained(report, digests)) {
    tally(step, "refused", report.events.length);
    const error = { code: "SP-209", params: { device: identity.id } } as const;
    step.effects.push({ kind: "alarm", subject: identity.id, error });
    // The link stays: a device that signs rightly again is heard again.
    const detail = "the signature or the chain of this batch is wrong";
    const message = { kind: "error", code: error.code, detail, re: report.batchId } as const;
    step.effects.push({ kind: "send", link: source.link.id, message });
    return { ...untouched, rows: [] };
  }
  let changed = false;
  const rows: StoreWrite[] = [];
  report.events.forEach((event, index) => {
    const digest = digests[index] ?? "";
    const arrival = arrive(ledgerOf(source.posture, epoch), { ...event, digest });
    tally(step, resultOf(arrival), 1);
    if (arrival === "conflict") alarmConflict(step, identity.id, event.seq);
    // It names other content for the event before it.
    if (arrival === "forked") alarmConflict(step, identity.id, event.seq - 1);
    if (arrival === "outOfRange") refuseRange(step, source.link);
    if (arrival !== "new" && arrival !== "forgotten") return;
    const device = identity.id;
    const { now } = step;
    rows.push({
      kind: "event",
      row: {
        device,
        epoch,
        seq: event.seq,
        digest,
        receivedAt: now,
        event,
        signature: index === report.events.length - 1 ? report.sig : null,
      },
    });
    if (arrival === "new" && event.gap !== undefined) {
      const { from, to } = event.gap;
      const error = { code: "SP-206", params: { from, to, device } } as const;
      step.effects.push({ kind: "alarm", subject: device, error });
    }
    if (arrival !== "new" || event.fact === null) return;
    const taken = takeFact(step, source.posture, event);
    if (taken === null) return;
    rows.push({ kind: "fact", device, held: taken.held });
    changed ||= taken.changed;
  });
  return { changed, rows };
}

/** Tells whether the signed head stands for the whole batch: one epoch, neighbours linked by their digests. */
function isChained(report: AgentMessageOf<"report">, digests: readonly string[]): boolean {
  const { events, head } = report;
  return (
    digests.at(-1) === head &&
    events.every((event, index) => {
      const former = events[index - 1];
      if (former === undefined) return true;
      const next = event.seq === former.seq + 1;
      return event.epoch === former.epoch && (!next || event.prev === digests[index - 1]);
    })
  );
}

/** Asks for the write of a report's rows, or acks at once where there is nothing new in it. */
export function writeReport(
  step: Step,
  link: Link,
  {
    report,
    rows,
  }: { readonly report: AgentMessageOf<"report">; readonly rows: readonly StoreWrite[] },
): void {
  const epoch = report.events[0]?.epoch ?? "";
  const events = rows.flatMap((write) => (write.kind === "event" ? [write.row] : []));
  if (events.length === 0) {
    sendAck(step, link.identity.id, epoch);
    return;
  }
  const token = step.state.nextToken++;
  step.state.awaiting.set(token, {
    kind: "events",
    identity: link.identity.id,
    epoch,
    seqs: events.map(({ seq }) => seq),
    gaps: events.flatMap(({ event }) => (event.gap === undefined ? [] : [event.gap])),
  });
  step.effects.push({ kind: "write", token, writes: rows });
}

/** Marks events as durable and acks the contiguous end. */
export function reportDurable(
  step: Step,
  awaited: {
    readonly identity: string;
    readonly epoch: string;
    readonly seqs: readonly number[];
    readonly gaps: readonly { readonly from: number; readonly to: number }[];
  },
): void {
  const posture = postureOf(step, awaited.identity);
  if (posture === null) return;
  const ledger = ledgerOf(posture, awaited.epoch);
  settle(ledger, awaited.seqs);
  for (const { from, to } of awaited.gaps) settleGap(ledger, from, to);
  sendAck(step, awaited.identity, awaited.epoch);
}

/** Lets the events be new again and closes the link, so that the device sends them again later. */
export function reportFailed(
  step: Step,
  awaited: { readonly identity: string; readonly epoch: string; readonly seqs: readonly number[] },
): void {
  const posture = postureOf(step, awaited.identity);
  const link = linkOf(step, awaited.identity);
  if (posture !== null) forget(ledgerOf(posture, awaited.epoch), awaited.seqs);
  if (link === null) return;
  const reason = "the store cannot keep events now";
  step.effects.push({ kind: "close", link: link.id, code: closeCodes.draining, reason });
}

/** Raises the alarm for a name that came with two contents. */
export function alarmConflict(step: Step, device: string, seq: number): void {
  const error = { code: "SP-207", params: { device, seq } } as const;
  step.effects.push({ kind: "alarm", subject: device, error });
}

function sendAck(step: Step, identity: string, epoch: string): void {
  const posture = postureOf(step, identity);
  const link = linkOf(step, identity);
  if (posture === null || link?.phase !== "greeted") return;
  const seq = posture.ledgers.get(epoch)?.contiguous ?? 0;
  step.effects.push({ kind: "send", link: link.id, message: { kind: "ack", epoch, seq } });
}

function takeFact(
  step: Step,
  posture: Posture,
  event: PostureEvent,
): { readonly held: HeldFact; readonly changed: boolean } | null {
  const { fact } = event;
  if (fact === null) return null;
  const entry = entryOf(fact.signal);
  // The catalogue bounds what a device may claim of the freshness of its own facts.
  const freshForMs = Math.min(fact.freshForMs, entry?.freshForMs ?? 0);
  const untilAt = Math.floor(step.now - event.ageMs + freshForMs);
  const former = posture.facts.get(fact.signal);
  const held: HeldFact = { fact, untilAt, epoch: event.epoch, seq: event.seq };
  // Sent again because its write failed: nothing new, but the disk must hold it still.
  if (former?.epoch === event.epoch && former.seq === event.seq) {
    return { held: former, changed: false };
  }
  if (!keepFact(posture, held)) {
    // Sent again because its first write failed: held in memory, but the store has yet to learn it.
    const again = former?.epoch === event.epoch && former.seq === event.seq;
    return former !== undefined && again ? { held: former, changed: false } : null;
  }
  const same =
    former !== undefined &&
    former.untilAt > step.now === untilAt > step.now &&
    sameReading(former.fact.reading, fact.reading);
  return { held, changed: entry !== undefined && !same };
}

function resultOf(arrival: Arrival): EventsResult {
  switch (arrival) {
    case "new":
      return "new";
    case "duplicate":
    case "forgotten":
      return "duplicate";
    case "conflict":
    case "forked":
    case "offshoot":
      return "conflict";
    case "outOfRange":
      return "refused";
  }
}

function refuseRange(step: Step, link: Link): void {
  const reason = "a sequence number is out of range";
  step.effects.push({ kind: "close", link: link.id, code: closeCodes.protocol, reason });
}

function postureOf(step: Step, identity: string): Posture | null {
  const held = step.state.devices.get(identity) ?? step.state.gateways.get(identity);
  return held?.posture ?? null;
}

function linkOf(step: Step, identity: string): Link | null {
  const held = step.state.devices.get(identity) ?? step.state.gateways.get(identity);
  return held?.link ?? null;
}

function tally(step: Step, result: EventsResult, by: number): void {
  const labels = { result };
  step.effects.push({ kind: "tally", tally: { name: "sallyport_events_total", labels }, by });
}
