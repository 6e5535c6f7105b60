import { expect, test } from "vitest";
import fc from "fast-check";
import { earliest, emptyDeadlines, setDeadline, takeDue } from "./deadline-queue.ts";

test("the queue gives the same deadlines as a sorted list would", () => {
  const operation = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 50 }));
  fc.assert(
    fc.property(fc.array(operation), fc.integer({ min: 0, max: 60 }), (operations, now) => {
      const queue = emptyDeadlines();
      const model = new Map<string, number>();
      for (const [key, at] of operations) {
        setDeadline(queue, `k${key}`, at === 50 ? Infinity : at);
        if (at === 50) model.delete(`k${key}`);
        else model.set(`k${key}`, at);
      }
      const sorted = [...model].map(([key, at]) => ({ key, at }));
      sorted.sort((left, right) => left.at - right.at || (left.key < right.key ? -1 : 1));
      expect(earliest(queue)).toEqual(sorted[0] ?? null);
      const taken = [];
      for (let due = takeDue(queue, now); due !== null; due = takeDue(queue, now)) taken.push(due);
      expect(taken).toEqual(sorted.filter((due) => due.at <= now));
    }),
  );
});

test("a deadline that was moved later does not fire at its former time", () => {
  const queue = emptyDeadlines();
  setDeadline(queue, "a", 1);
  setDeadline(queue, "a", 5);
  expect(takeDue(queue, 1)).toBeNull();
  expect(takeDue(queue, 5)).toEqual({ key: "a", at: 5 });
  expect(takeDue(queue, 9)).toBeNull();
});
