import { expect, test } from "vitest";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import { enqueue, flush, newOutbox, type OutboxEntry, takeSent } from "./outbox.ts";

const grant = (jti: string, subject = jti) => ({ jti, subject, jws: `${jti}.x.y` });
const add = (...jtis: string[]): OutboxEntry => ({
  kind: "grants",
  add: jtis.map((jti) => grant(jti)),
  remove: [],
});
const remove = (...jtis: string[]): OutboxEntry => ({ kind: "grants", add: [], remove: jtis });
const ack: OutboxEntry = {
  kind: "message",
  message: { kind: "ack", epoch: "e".repeat(32), seq: 1 },
};
const snapshot = (...jtis: string[]): OutboxEntry => ({
  kind: "snapshot",
  epoch: "f".repeat(32),
  hash: "hash",
  grants: jtis.map((jti) => grant(jti)),
});

function drain(outbox: ReturnType<typeof newOutbox>): ControllerMessage[] {
  const sent: ControllerMessage[] = [];
  outbox.congested = false;
  flush(outbox, (message) => sent.push(message) > 0);
  return sent;
}
const words = (messages: readonly ControllerMessage[]) =>
  messages.map((message) =>
    message.kind === "grants"
      ? `${message.n} +${message.add.map((jws) => jws[0]).join("")} -${message.remove.join("")}`
      : message.kind,
  );

test("a removal overtakes what waits, and numbers follow the order on the wire", () => {
  const outbox = newOutbox();
  outbox.congested = true;
  enqueue(outbox, ack, false);
  enqueue(outbox, add("a"), false);
  enqueue(outbox, remove("z"), true);
  expect(words(drain(outbox))).toEqual(["1 + -z", "ack", "2 +a -"]);
});

test("a grant that still waits is dropped by its removal, so that it cannot open afterwards", () => {
  const outbox = newOutbox();
  outbox.congested = true;
  enqueue(outbox, add("a", "b"), false);
  enqueue(outbox, remove("a"), true);
  expect(words(drain(outbox))).toEqual(["1 + -a", "2 +b -"]);
});

test("a narrowing drops the wider grant of the same device that still waits", () => {
  const outbox = newOutbox();
  outbox.congested = true;
  enqueue(outbox, { kind: "grants", add: [grant("w", "laptop")], remove: [] }, false);
  enqueue(outbox, { kind: "grants", add: [grant("n", "laptop")], remove: [] }, true);
  expect(words(drain(outbox))).toEqual(["1 +n -"]);
});

test("nothing overtakes a snapshot: it would bring back what was removed", () => {
  const outbox = newOutbox();
  outbox.congested = true;
  enqueue(outbox, snapshot("a"), false);
  enqueue(outbox, remove("a"), true);
  expect(words(drain(outbox))).toEqual(["snapshot", "1 + -a"]);
});

test("numbers start again at each snapshot, and each answer is matched once", () => {
  const outbox = newOutbox();
  enqueue(outbox, add("a"), false);
  drain(outbox);
  enqueue(outbox, snapshot("a", "b"), false);
  enqueue(outbox, add("c"), false);
  expect(words(drain(outbox))).toEqual(["snapshot", "1 +c -"]);
  expect(takeSent(outbox, "hash")).toEqual(["a", "b"]);
  expect(takeSent(outbox, "1")).toEqual(["c"]);
  expect(takeSent(outbox, "1")).toBeNull();
});

test("many grants go out in messages of 32, many removals in messages of 1024", () => {
  const outbox = newOutbox();
  const jtis = Array.from({ length: 70 }, (_, index) => `g${index}`);
  enqueue(outbox, add(...jtis), false);
  enqueue(outbox, remove(...Array.from({ length: 1_025 }, (_, index) => `r${index}`)), false);
  const sizes = drain(outbox).map((message) =>
    message.kind === "grants" ? message.add.length + message.remove.length : 0,
  );
  expect(sizes).toEqual([32, 32, 6, 1_024, 1]);
});

test("a snapshot is cut by bytes, an empty one is one empty part", () => {
  const outbox = newOutbox();
  const big = { jti: "a", subject: "a", jws: "x".repeat(40_000) };
  const grants = [big, { ...big, jti: "b" }, { ...big, jti: "c" }];
  enqueue(outbox, { kind: "snapshot", epoch: "f", hash: "h", grants }, false);
  enqueue(outbox, snapshot(), false);
  expect(drain(outbox)).toMatchObject([
    { part: 1, parts: 3 },
    { part: 2, parts: 3 },
    { part: 3, parts: 3 },
    { part: 1, parts: 1, grants: [] },
  ]);
});

test("a congested socket is left alone until it drains, and a queue without end is refused", () => {
  const outbox = newOutbox();
  const sent: ControllerMessage[] = [];
  enqueue(outbox, ack, false);
  enqueue(outbox, ack, false);
  flush(outbox, (message) => {
    sent.push(message);
    return false;
  });
  expect(sent).toHaveLength(1);
  let fits = true;
  for (let count = 0; count < 5_000 && fits; count++) fits = enqueue(outbox, ack, false);
  expect(fits).toBe(false);
});
