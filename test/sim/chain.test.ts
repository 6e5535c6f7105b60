/** The agent's own outbox against the controller's books: whatever is lost, an honest chain is no fork. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { nextBatches } from "../../agent/core/link/batch.ts";
import {
  acknowledge,
  gapsOf,
  openOutbox,
  type Outbox,
  rewind,
  seal,
  shed,
  type SpoolContent,
  type SpooledEvent,
} from "../../agent/core/link/outbox.ts";
import { factOf, moment } from "../fakes/agent-samples.ts";
import { connect, ids, makeWorld, only, say, sha256Hex } from "../fakes/controller-world.ts";

const bootId = "5b1fd3a0-0000-4000-8000-000000000001";
const limits = { events: 300, size: Infinity };
const lost: SpoolContent = { head: null, events: [], corrupt: true };
const by = { now: moment(0), digest: sha256Hex };

/** A device's machine and its link to a controller; everything on the way may be lost. */
function makePair() {
  const world = makeWorld();
  connect(world, 2, ids.device);
  let starts = 0;
  let disk: SpoolContent = { ...lost, corrupt: false };
  let backup = disk;
  const begin = () => openOutbox(String(++starts).padStart(32, "0"), bootId, disk);
  let outbox: Outbox = begin();
  const alarms: string[] = [];
  const keep = (sealed: readonly SpooledEvent[]) => {
    disk = {
      head: sealed.at(-1)?.digest ?? disk.head,
      events: [...disk.events, ...sealed],
      corrupt: false,
    };
  };
  return {
    alarms,
    make(count: number, stored: boolean) {
      const facts = Array.from({ length: count }, (_, index) => factOf(`a.b${index % 7}`, 0));
      const made = seal(outbox, { facts }, by);
      const less = shed(made.outbox, limits);
      const gaps = gapsOf(less.outbox, { dropped: less.dropped, because: "spool_full" });
      const told = seal(less.outbox, { facts: [], gaps }, by);
      outbox = told.outbox;
      if (stored) keep([...made.sealed, ...told.sealed]);
    },
    send(arriving: readonly boolean[]) {
      const sending = nextBatches(outbox, moment(0));
      outbox = sending.outbox;
      sending.batches.forEach((batch, index) => {
        if (arriving[index] === false) return;
        const effects = say(world, 2, {
          kind: "report",
          sig: "",
          ...batch,
          events: [...batch.events],
        });
        alarms.push(...only(effects, "alarm").map(({ error }) => error.code));
        for (const { message } of only(effects, "send")) {
          if (message.kind !== "ack" || arriving[index + 1] === false) continue;
          outbox = acknowledge(outbox, message.epoch, message.seq);
        }
      });
    },
    reconnect() {
      outbox = rewind(outbox);
    },
    backUp() {
      backup = disk;
    },
    restart(how: "kept" | "lost" | "torn" | "restored") {
      if (how === "lost") disk = lost;
      if (how === "restored") disk = backup;
      if (how === "torn") disk = { ...disk, events: disk.events.filter((_, at) => at % 3 !== 1) };
      outbox = begin();
    },
    enrolAnew() {
      disk = { ...lost, corrupt: false };
      outbox = begin();
    },
  };
}

type Pair = ReturnType<typeof makePair>;

const step = fc.oneof(
  fc.tuple(fc.constantFrom(1, 2, 5, 230), fc.boolean()).map(
    ([count, stored]) =>
      (pair: Pair) =>
        pair.make(count, stored),
  ),
  fc.array(fc.boolean(), { maxLength: 4 }).map((arriving) => (pair: Pair) => pair.send(arriving)),
  fc.constant((pair: Pair) => pair.reconnect()),
  fc
    .constantFrom("kept" as const, "lost" as const, "torn" as const, "restored" as const)
    .map((how) => (pair: Pair) => pair.restart(how)),
  fc.constant((pair: Pair) => pair.enrolAnew()),
  fc.constant((pair: Pair) => pair.backUp()),
);

test("whatever is lost on the way or on disk, or comes back from a copy, an honest agent's chain is never a fork", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
      const pair = makePair();
      for (const take of steps) take(pair);
      pair.reconnect();
      pair.send([]);
      expect(pair.alarms.filter((code) => code !== "SP-206")).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
