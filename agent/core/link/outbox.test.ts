import fc from "fast-check";
import { expect, test } from "vitest";
import { factOf, moment, sha256Hex, startAt } from "../../../test/fakes/agent-samples.ts";
import { eventText, noPrevious } from "#shared/posture/event-text.ts";
import { postureEvent } from "#shared/protocol/fact.ts";
import { ageMs, nextBatches } from "./batch.ts";
import {
  ackedSeq,
  acknowledge,
  gapsOf,
  openOutbox,
  type Outbox,
  rewind,
  seal,
  shed,
} from "./outbox.ts";

const epoch = "a".repeat(32);
const bootId = "5b1fd3a0-0000-4000-8000-000000000001";
const empty = { head: null, events: [], corrupt: false };

function sealed(outbox: Outbox, signals: readonly string[], at = 0): Outbox {
  const facts = signals.map((signal) => factOf(signal, at));
  return seal(outbox, { facts }, { now: moment(at), digest: sha256Hex }).outbox;
}

test("chains events and signs for the last of a batch", () => {
  const outbox = sealed(openOutbox(epoch, bootId, empty), ["a.b", "c.d"]);
  const { batches } = nextBatches(outbox, moment(250));
  const [first, second] = batches[0]!.events;
  expect(first).toMatchObject({ epoch, seq: 1, prev: noPrevious, ageMs: 250 });
  expect(second!.prev).toBe(sha256Hex(eventText(first!)));
  expect(batches[0]!.head).toBe(sha256Hex(eventText(second!)));
  for (const event of batches[0]!.events) expect(postureEvent.parse(event)).toEqual(event);
});

test("carries the head of the former epoch into the first event of a new one", () => {
  const outbox = sealed(openOutbox(epoch, bootId, { ...empty, head: "f".repeat(64) }), ["a.b"]);
  expect(outbox.pending[0]!.prev).toBe("f".repeat(64));
});

test("sends an event once on a connection and again on the next, with the age of that moment", () => {
  const outbox = sealed(openOutbox(epoch, bootId, empty), ["a.b"]);
  const first = nextBatches(outbox, moment(10));
  expect(nextBatches(first.outbox, moment(20)).batches).toEqual([]);
  const again = nextBatches(rewind(first.outbox), moment(5_000));
  expect(again.batches[0]!.events[0]!.ageMs).toBe(5_000);
  expect(again.batches[0]!.head).toBe(first.batches[0]!.head);
});

test("ages by the wall clock across a boot, and never below zero", () => {
  const [event] = sealed(openOutbox(epoch, bootId, empty), ["a.b"], 1_000).pending;
  expect(ageMs(event!, "another", { monotonicMs: 5, wallAt: startAt + 61_000, random: 0 })).toBe(
    60_000,
  );
  expect(ageMs(event!, "another", { monotonicMs: 5, wallAt: startAt, random: 0 })).toBe(0);
});

test("forgets what was acked and nothing else", () => {
  const outbox = sealed(openOutbox(epoch, bootId, empty), ["a.b", "c.d", "e.f"]);
  const acked = acknowledge(outbox, epoch, 2);
  expect(acked.pending.map((event) => event.seq)).toEqual([3]);
  expect(ackedSeq(acked)).toBe(2);
  expect(acknowledge(acked, "b".repeat(32), 99)).toBe(acked);
});

test("puts the newest event of every signal before a long history, one epoch per batch", () => {
  let outbox = openOutbox(epoch, bootId, empty);
  for (let round = 0; round < 150; round++) outbox = sealed(outbox, ["a.b", "c.d"], round);
  const { batches } = nextBatches(outbox, moment(1_000));
  expect(batches.map((batch) => batch.events.length)).toEqual([2, 200, 98]);
  expect(batches[0]!.events.map((event) => event.seq)).toEqual([299, 300]);
  const former = openOutbox("b".repeat(32), bootId, {
    ...empty,
    events: outbox.pending.slice(0, 3),
  });
  const mixed = nextBatches(sealed(former, ["a.b"]), moment(1_000)).batches;
  expect(mixed.map((batch) => new Set(batch.events.map((event) => event.epoch)).size)).toEqual([
    1, 1,
  ]);
});

test("drops superseded events of a full spool and names the gap", () => {
  let outbox = openOutbox(epoch, bootId, empty);
  for (let round = 0; round < 11; round++) outbox = sealed(outbox, ["a.b"], round);
  const { outbox: relieved, dropped } = shed(outbox, { events: 10, size: 1e9 });
  expect(dropped.map((event) => event.seq)).toEqual([1, 2]);
  expect(gapsOf(relieved, { dropped: dropped, because: "spool_full" })).toEqual([
    { from: 1, to: 2, because: "spool_full" },
  ]);
  expect(relieved.pending.at(-1)!.seq).toBe(11);
});

test("keeps the newest of every signal and whole epochs, whatever must go", () => {
  const signals = fc.constantFrom("a.b", "c.d", "e.f");
  fc.assert(
    fc.property(
      fc.array(signals, { minLength: 1, maxLength: 60 }),
      fc.array(signals, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 4, max: 40 }),
      (before, now, events) => {
        const old = sealed(openOutbox("b".repeat(32), bootId, empty), before);
        const outbox = sealed(openOutbox(epoch, bootId, { ...empty, events: old.pending }), now);
        const { outbox: relieved, dropped } = shed(outbox, { events, size: 1e9 });
        expect([...dropped, ...relieved.pending].length).toBe(outbox.pending.length);
        for (const signal of new Set(now)) {
          const newest = outbox.pending.findLast((event) => event.fact?.signal === signal);
          expect(relieved.pending).toContain(newest);
        }
        const former = relieved.pending.filter((event) => event.epoch !== epoch).length;
        expect([0, before.length]).toContain(former);
      },
    ),
  );
});
