import { afterEach, beforeEach, expect, test } from "vitest";
import { openStoreInProcess } from "../../../test/fakes/store-in-process.ts";
import { keepRefusedJoinings } from "./refused-joinings.ts";
import type { StoreThreads } from "./store-threads.ts";

let store: StoreThreads;
beforeEach(async () => {
  store = await openStoreInProcess();
});
afterEach(() => store.close());

const wrong = { code: "SP-105", params: { key: "ek_x" } } as const;
const usedUp = { code: "SP-102", params: { key: "ek_x" } } as const;
const kept = () => store.read("enrolment.refused", { limit: 1_000 });
const host = (number: number) => `10.0.${number >> 8}.${number & 255}`;

test("a flood leaves few entries, the next one counts the rest, and a machine that asks on is one an hour", async () => {
  let nowMs = 0;
  const keep = keepRefusedJoinings(store, { monotonicMs: () => nowMs });
  for (let number = 0; number < 2_000; number += 1) {
    await keep({ error: wrong, keyId: "ek_x", remoteAddress: host(number), nowAt: number });
  }
  expect(await kept()).toHaveLength(30);
  nowMs = 3_600_000;
  const again = { error: wrong, keyId: "ek_x", remoteAddress: "::ffff:192.0.2.1", nowAt: 5_000 };
  for (let times = 0; times < 100; times += 1) await keep(again);
  const [, , first, ...older] = await kept();
  expect(first).toMatchObject({ leftOut: 1_970, remoteAddress: "192.0.2.1", at: 5_000 });
  expect(older).toHaveLength(30);
});

test("strangers do not crowd out who showed a secret of ours", async () => {
  const keep = keepRefusedJoinings(store, { monotonicMs: () => 0 });
  for (let number = 0; number < 100; number += 1) {
    await keep({ error: wrong, keyId: "ek_x", remoteAddress: host(number), nowAt: number });
  }
  const named = { error: usedUp, keyId: "ek_x", hostname: "laptop" };
  await keep({ ...named, remoteAddress: "192.0.2.9", nowAt: 500 });
  const [newest] = await kept();
  expect(newest).toMatchObject({ hostname: "laptop", error: usedUp, leftOut: 0, keyName: null });
});
