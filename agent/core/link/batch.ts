/** Cuts unacked events into reports: what may close access travels first, history follows. */
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { Moment } from "../moment.ts";
import { nameOf, newestNames, type Outbox, type SpooledEvent } from "./outbox.ts";

/** A report before it is signed: events of one epoch in ascending seq. */
export interface Batch {
  readonly batchId: string;
  readonly events: readonly PostureEvent[];
  readonly head: string;
}

const batchEventsMax = 200;
/** Below the frame limit of 256 KiB, with room for the envelope. */
const batchCharactersMax = 180 * 1024;
/** `ageMs` and separators, which the size of an event does not count. */
const envelopeCharacters = 64;
/** Events under way without an ack; more wait, so that a slow controller is not flooded. */
const sentMax = 2_000;

/** Returns the reports that may leave now, and the outbox that remembers them as sent. */
export function nextBatches(
  outbox: Outbox,
  now: Moment,
): { outbox: Outbox; batches: readonly Batch[] } {
  const unsent = outbox.pending.filter((event) => !outbox.sent.has(nameOf(event)));
  const room = sentMax - outbox.sent.size;
  if (unsent.length === 0 || room <= 0) return { outbox, batches: [] };
  const ordered = urgentFirst(unsent).slice(0, room);
  const sent = new Set(outbox.sent);
  for (const event of ordered) sent.add(nameOf(event));
  return {
    outbox: { ...outbox, sent },
    batches: cut(ordered).map((events) => batchOf(events, { outbox, now })),
  };
}

/** Returns the age of an event at `now`; wall clock only where the machine was restarted since. */
export function ageMs(event: SpooledEvent, bootId: string, now: Moment): number {
  const age =
    event.bootId === bootId ? now.monotonicMs - event.madeMonotonicMs : now.wallAt - event.madeAt;
  return Math.max(0, Math.round(age));
}

function urgentFirst(events: readonly SpooledEvent[]): readonly SpooledEvent[] {
  if (events.length <= batchEventsMax) return events;
  const newest = newestNames(events);
  return [
    ...events.filter((event) => newest.has(nameOf(event))),
    ...events.filter((event) => !newest.has(nameOf(event))),
  ];
}

function cut(events: readonly SpooledEvent[]): readonly (readonly SpooledEvent[])[] {
  const batches: SpooledEvent[][] = [];
  let current: SpooledEvent[] = [];
  let characters = 0;
  for (const event of events) {
    const size = event.size + envelopeCharacters;
    const last = current.at(-1);
    const full =
      current.length >= batchEventsMax ||
      characters + size > batchCharactersMax ||
      (last !== undefined && !mayFollow(last, event));
    if (full && current.length > 0) {
      batches.push(current);
      current = [];
      characters = 0;
    }
    current.push(event);
    characters += size;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/** Neighbours whose chain is broken would have the whole batch refused. */
function mayFollow(last: SpooledEvent, event: SpooledEvent): boolean {
  if (last.epoch !== event.epoch || last.seq > event.seq) return false;
  return event.seq !== last.seq + 1 || event.prev === last.digest;
}

function batchOf(events: readonly SpooledEvent[], by: { outbox: Outbox; now: Moment }): Batch {
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) throw new Error("broken promise: empty batch");
  return {
    batchId: `${first.epoch.slice(0, 8)}-${first.seq}-${last.seq}`,
    events: events.map((event) => wireOf(event, ageMs(event, by.outbox.bootId, by.now))),
    head: last.digest,
  };
}

function wireOf(event: SpooledEvent, age: number): PostureEvent {
  const { epoch, seq, bootId, fact, gap, prev } = event;
  // SAFETY: Fact and the wire schema differ only in `readonly`.
  const wire = { epoch, seq, bootId, ageMs: age, fact, prev } as PostureEvent;
  return gap === null ? wire : { ...wire, gap };
}
