/**
 * Posture events between their making and the controller's acknowledgement. The outbox names them
 * (epoch, seq), chains their digests and keeps them until acked; it never forgets one silently.
 *
 *   seal -> pending (also on disk) -> sent on this connection -> acked: forgotten
 *                 └── over the limits: oldest superseded ones become a gap record
 */
import type { Fact } from "#shared/posture/fact.ts";
import { eventText, noPrevious } from "#shared/posture/event-text.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { Moment } from "../moment.ts";

/** Returns the lower-case hex SHA-256 of a text's UTF-8 bytes. */
export type Digest = (text: string) => string;

/** An event as it is kept: all but its age, which is made at the moment of sending. */
export interface SpooledEvent {
  readonly epoch: string;
  readonly seq: number;
  readonly bootId: string;
  readonly madeMonotonicMs: number;
  readonly madeAt: number;
  readonly fact: Fact | null;
  readonly gap: Gap | null;
  readonly prev: string;
  readonly digest: string;
  /** Characters of the event's canonical text: what it costs on disk, nearly. */
  readonly size: number;
}

/** Events that were dropped before the controller had them. */
export type Gap = NonNullable<PostureEvent["gap"]>;

/** The outbox's whole memory; `pending` is ordered by epoch of making, then seq. */
export interface Outbox {
  readonly epoch: string;
  readonly bootId: string;
  readonly lastSeq: number;
  readonly head: string;
  readonly pending: readonly SpooledEvent[];
  /** Sum of the sizes of `pending`. */
  readonly size: number;
  /** Names in `pending` that travelled on the connection in use. */
  readonly sent: ReadonlySet<string>;
}

/** Limits of the spool. */
const spoolLimits: SpoolLimits = { events: 50_000, size: 64 * 1024 * 1024 };

/** How much may wait for an acknowledgement. */
export interface SpoolLimits {
  readonly events: number;
  readonly size: number;
}

/** What survives a start: the head of the last epoch and the events that were not acked. */
export interface SpoolContent {
  readonly head: string | null;
  readonly events: readonly SpooledEvent[];
  /** The former spool could not be read and was set aside. */
  readonly corrupt: boolean;
}

/** Returns an outbox in a fresh epoch (32 hex characters, drawn anew at every start). */
export function openOutbox(epoch: string, bootId: string, content: SpoolContent): Outbox {
  return {
    epoch,
    bootId,
    lastSeq: 0,
    head: content.head ?? noPrevious,
    pending: content.events,
    size: sizeOf(content.events),
    sent: new Set(),
  };
}

/** What happened to seal: facts that changed, or events that were lost. */
export interface Sealing {
  readonly facts: readonly Fact[];
  readonly gaps?: readonly Gap[];
}

/** Returns the outbox with new events at its end, and those events. */
export function seal(
  outbox: Outbox,
  what: Sealing,
  by: { now: Moment; digest: Digest },
): { outbox: Outbox; sealed: readonly SpooledEvent[] } {
  const contents = [
    ...what.facts.map((fact) => ({ fact, gap: null })),
    ...(what.gaps ?? []).map((gap) => ({ fact: null, gap })),
  ];
  let { lastSeq, head } = outbox;
  const sealed: SpooledEvent[] = [];
  for (const { fact, gap } of contents) {
    lastSeq += 1;
    const bare = {
      epoch: outbox.epoch,
      seq: lastSeq,
      bootId: outbox.bootId,
      fact,
      prev: head,
    };
    const text = eventText(gap === null ? bare : { ...bare, gap });
    head = by.digest(text);
    sealed.push({
      ...bare,
      gap,
      digest: head,
      size: text.length,
      madeMonotonicMs: by.now.monotonicMs,
      madeAt: by.now.wallAt,
    });
  }
  const pending = [...outbox.pending, ...sealed];
  const size = outbox.size + sizeOf(sealed);
  return { outbox: { ...outbox, lastSeq, head, pending, size }, sealed };
}

/** Returns the outbox at the start of a connection: nothing of it has travelled yet. */
export function rewind(outbox: Outbox): Outbox {
  return { ...outbox, sent: new Set() };
}

/** Returns the outbox without the events that the controller holds durably. */
export function acknowledge(outbox: Outbox, epoch: string, seq: number): Outbox {
  const done = (event: SpooledEvent) => event.epoch === epoch && event.seq <= seq;
  if (!outbox.pending.some(done)) return outbox;
  const sent = new Set(outbox.sent);
  for (const event of outbox.pending) if (done(event)) sent.delete(nameOf(event));
  const pending = outbox.pending.filter((event) => !done(event));
  return { ...outbox, sent, pending, size: sizeOf(pending) };
}

/** Returns the highest seq of the present epoch that was acked or never pending. */
export function ackedSeq(outbox: Outbox): number {
  const first = outbox.pending.find((event) => event.epoch === outbox.epoch);
  return first === undefined ? outbox.lastSeq : first.seq - 1;
}

/** Returns the outbox in which these events have not travelled. */
export function unsend(outbox: Outbox, names: ReadonlySet<string>): Outbox {
  return { ...outbox, sent: new Set([...outbox.sent].filter((name) => !names.has(name))) };
}

/** Returns the outbox without some events. */
export function without(outbox: Outbox, events: readonly SpooledEvent[]): Outbox {
  const names = new Set(events.map(nameOf));
  const pending = outbox.pending.filter((event) => !names.has(nameOf(event)));
  return { ...unsend(outbox, names), pending, size: sizeOf(pending) };
}

/** The outbox after shedding, and what it no longer holds. */
export interface Shedding {
  readonly outbox: Outbox;
  readonly dropped: readonly SpooledEvent[];
}

/**
 * Returns the outbox within its limits, a tenth of the room freed at once. Events of former epochs
 * go first, a whole epoch together: their facts were observed anew since, and an epoch cut in the
 * middle could never be acked to its end. Then the oldest events whose signal has a newer one.
 */
export function shed(outbox: Outbox, limits: SpoolLimits = spoolLimits): Shedding {
  if (outbox.pending.length <= limits.events && outbox.size <= limits.size) {
    return { outbox, dropped: [] };
  }
  let events = outbox.pending.length - Math.floor(limits.events * 0.9);
  let size = outbox.size - Math.floor(limits.size * 0.9);
  const newest = newestNames(outbox.pending);
  const dropped: SpooledEvent[] = [];
  const kept: SpooledEvent[] = [];
  let ending: string | null = null;
  for (const event of outbox.pending) {
    const former = event.epoch !== outbox.epoch;
    const excess = events > 0 || size > 0;
    const superseded = event.fact !== null && !newest.has(nameOf(event));
    if (former ? excess || event.epoch === ending : excess && superseded) {
      if (former) ending = event.epoch;
      dropped.push(event);
      events -= 1;
      size -= event.size;
    } else kept.push(event);
  }
  return { outbox: { ...outbox, pending: kept, size: sizeOf(kept) }, dropped };
}

/** Returns the ranges of seqs of the present epoch among dropped events. */
export function gapsOf(
  outbox: Outbox,
  loss: { readonly dropped: readonly SpooledEvent[]; readonly because: Gap["because"] },
): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const event of loss.dropped) {
    if (event.epoch !== outbox.epoch) continue;
    const last = gaps.at(-1);
    if (last !== undefined && last.to + 1 === event.seq) last.to = event.seq;
    else gaps.push({ from: event.seq, to: event.seq, because: loss.because });
  }
  return gaps;
}

/** Returns the names of the newest event of every signal, in order of making. */
export function newestNames(events: readonly SpooledEvent[]): ReadonlySet<string> {
  const bySignal = new Map<string, string>();
  for (const event of events) {
    if (event.fact !== null) bySignal.set(event.fact.signal, nameOf(event));
  }
  return new Set(bySignal.values());
}

function sizeOf(events: readonly SpooledEvent[]): number {
  return events.reduce((sum, event) => sum + event.size, 0);
}

/** Returns the name that is used once and for all: epoch and seq. */
export function nameOf(event: { readonly epoch: string; readonly seq: number }): string {
  return `${event.epoch}:${event.seq}`;
}
