import { expect, test } from "vitest";
import { CodedError } from "#shared/base/coded-error.ts";
import type { ControllerEvent } from "../core/event.ts";
import type { StoreWrite } from "../core/row.ts";
import { makeWriter } from "./writer.ts";

const seen = (identity: string): StoreWrite => ({ kind: "seen", identity, at: 1 });
const ended = (jti: string): StoreWrite => ({ kind: "grantEnd", jti, at: 1, because: "closed" });

/** A writer over a store that fails as often as it is told, and a clock that is moved by hand. */
function writerOver(failures: number) {
  const committed: StoreWrite[] = [];
  const events: ControllerEvent[] = [];
  const errors: string[] = [];
  const wakes: (() => void)[] = [];
  let left = failures;
  const writer = makeWriter({
    store: {
      write(writes) {
        if (left-- > 0) return Promise.reject(new CodedError("SP-404", { file: "controller.db" }));
        committed.push(...writes);
        return Promise.resolve({ conflicts: [] });
      },
    },
    clock: {
      nowAt: () => 0,
      monotonicMs: () => 0,
      wake: (_delayMs, run) => {
        wakes.push(run);
        return () => undefined;
      },
    },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (message) => void errors.push(message),
    },
    dispatch: (event) => void events.push(event),
  });
  const wake = async () => {
    for (const run of wakes.splice(0)) run();
    await writer.drain();
  };
  return { writer, committed, events, errors, wake };
}

test("who waits for a write hears of its end, who does not is left in peace", async () => {
  const { writer, events } = writerOver(0);
  writer.write(7, [seen("a")]);
  writer.write(null, [seen("b")]);
  await writer.drain();
  expect(events).toEqual([{ kind: "written", token: 7, conflicts: [] }]);
});

test("what was closed is written later when the store fails; an opening fails", async () => {
  const { writer, committed, events, wake } = writerOver(3);
  writer.write(null, [ended("a")]);
  const grant = { kind: "grant", row: { device: "d", gateway: "g", claims: {} as never } } as const;
  writer.write(8, [ended("b"), grant]);
  await writer.drain();
  expect(events).toMatchObject([{ kind: "writeFailed", token: 8, error: { code: "SP-404" } }]);
  await wake();
  expect(committed).toEqual([]);
  await wake();
  expect(committed).toEqual([ended("a"), ended("b")]);
});

test("a store that is down for long costs bounded memory, and the loss is an error", async () => {
  const { writer, committed, errors, wake } = writerOver(1);
  writer.write(
    null,
    Array.from({ length: 20_001 }, (_, index) => seen(String(index))),
  );
  await writer.drain();
  expect(errors).toEqual(["store writes lost"]);
  await wake();
  expect(committed).toHaveLength(20_000);
});
