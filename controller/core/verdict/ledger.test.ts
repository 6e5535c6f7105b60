import fc from "fast-check";
import { expect, test } from "vitest";
import { arrive, type ChainLink, forget, openLedger, settle, settleGap } from "./ledger.ts";

const link = (seq: number, digest: string, prev = `before ${digest}`): ChainLink => ({
  seq,
  digest,
  prev,
});

test("each event is new once, then known by its digest", () => {
  const ledger = openLedger();
  expect(arrive(ledger, link(1, "a"))).toBe("new");
  expect(arrive(ledger, link(1, "a"))).toBe("duplicate");
  expect(arrive(ledger, link(1, "b"))).toBe("conflict");
  settle(ledger, [1]);
  expect(arrive(ledger, link(1, "a"))).toBe("duplicate");
  expect(arrive(ledger, link(1, "b"))).toBe("conflict");
});

test("what is below memory is the store's to compare, what is far ahead is refused", () => {
  const ledger = openLedger(1_000, "last");
  expect(arrive(ledger, link(1_000, "last"))).toBe("duplicate");
  expect(arrive(ledger, link(1_000, "other"))).toBe("conflict");
  expect(arrive(ledger, link(5, "a"))).toBe("forgotten");
  expect(arrive(ledger, link(300_000, "a"))).toBe("outOfRange");
});

test("an event whose write failed is new again; a durable one is never forgotten", () => {
  const ledger = openLedger();
  arrive(ledger, link(2, "a"));
  forget(ledger, [2]);
  expect(arrive(ledger, link(2, "a"))).toBe("new");
  settle(ledger, [2]);
  forget(ledger, [2]);
  expect(arrive(ledger, link(2, "a"))).toBe("duplicate");
});

test("what follows another event than ours is a fork, and so is all that follows it", () => {
  const ledger = openLedger(1, "a");
  expect(arrive(ledger, link(2, "x", "other"))).toBe("forked");
  expect(arrive(ledger, link(3, "y", "x"))).toBe("offshoot");
  expect(arrive(ledger, link(2, "b", "a"))).toBe("new");
  expect(arrive(ledger, link(3, "c", "b"))).toBe("new");
  expect(arrive(ledger, link(3, "y", "x"))).toBe("conflict");
  expect(arrive(ledger, link(9, "z", "unknown"))).toBe("new");
});

test("a chain without forks is never one, in whatever order and however often it comes", () => {
  const seqs = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 90 });
  fc.assert(
    fc.property(seqs, fc.integer({ min: 0, max: 30 }), (order, failed) => {
      const ledger = openLedger();
      for (const seq of order) {
        const arrival = arrive(ledger, link(seq, `d${seq}`, `d${seq - 1}`));
        expect(["new", "duplicate"]).toContain(arrival);
        if (seq === failed) forget(ledger, [seq]);
        else settle(ledger, [seq]);
      }
    }),
  );
});

test("a declared gap counts as present once its record is durable", () => {
  const ledger = openLedger();
  arrive(ledger, link(1, "a"));
  arrive(ledger, link(9, "gap record"));
  settle(ledger, [1, 9]);
  expect(ledger.contiguous).toBe(1);
  settleGap(ledger, 2, 8);
  expect(ledger.contiguous).toBe(9);
});

test("a gap as wide as numbers go costs no memory", () => {
  const ledger = openLedger();
  settleGap(ledger, 1, Number.MAX_SAFE_INTEGER - 1);
  expect(ledger.contiguous).toBe(Number.MAX_SAFE_INTEGER - 1);
  expect(ledger.held.size + ledger.recent.size + ledger.gaps.length).toBe(0);
});

test("the contiguous end is the first hole less one, in whatever order events become durable", () => {
  const seqs = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });
  fc.assert(
    fc.property(seqs, fc.integer({ min: 0, max: 40 }), (order, durableCount) => {
      const ledger = openLedger();
      for (const seq of order) arrive(ledger, { seq, digest: `d${seq}`, prev: `d${seq - 1}` });
      const durable = new Set(order.slice(0, durableCount));
      for (const seq of durable) settle(ledger, [seq]);
      let expected = 0;
      while (durable.has(expected + 1)) expected += 1;
      expect(ledger.contiguous).toBe(expected);
    }),
  );
});
