import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeId } from "#shared/base/id.ts";
import type { Decision } from "#shared/policy/decision.ts";
import { openStoreInProcess } from "../../../test/fakes/store-in-process.ts";
import type { StoreWrite } from "../../core/row.ts";
import { makeClock } from "../clock/clock.ts";
import { makeLog } from "../log/log.ts";
import { pruneAll } from "./retention.ts";
import type { StoreThreads } from "./store-threads.ts";

const now = Date.UTC(2026, 10, 22);
const dayMs = 86_400_000;

let store: StoreThreads;
let directory: string;
beforeEach(async () => {
  store = await openStoreInProcess();
  directory = mkdtempSync(join(tmpdir(), "sallyport-retention-"));
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const prune = () =>
  pruneAll(
    {
      store,
      decisionLog: directory,
      clock: { ...makeClock(), nowAt: () => now },
      log: makeLog({ level: "error", clock: makeClock() }),
    },
    () => Promise.resolve(),
    () => false,
  );

function decision(at: number): StoreWrite {
  const id = makeId("dec", at, Buffer.alloc(10));
  // The table takes the whole decision as JSON; only its names and time matter here.
  return {
    kind: "decision",
    decision: { id, reference: "r", at, device: "d", resource: "r", effect: "deny" } as Decision,
  };
}

function event(seq: number, receivedAt: number): StoreWrite {
  const epoch = "a".repeat(32);
  const body = { epoch, seq, fact: null } as never;
  return {
    kind: "event",
    row: { device: "dev_a", epoch, seq, digest: "d", receivedAt, event: body, signature: null },
  };
}

test("events go after 30 days, decisions after 400, and what is younger stays", async () => {
  const ages = [29, 31, 399, 401];
  await store.write("rows.write", [
    ...ages.map((days) => decision(now - days * dayMs)),
    ...ages.map((days, index) => event(index + 1, now - days * dayMs)),
  ]);
  expect(await prune()).toMatchObject({ event: 3, decision: 1 });
  const left = await store.read("decision.list", { limit: 10 });
  expect(left.map((one) => (now - one.at) / dayMs)).toEqual([29, 31, 399]);
  expect(await prune()).toMatchObject({ event: 0, decision: 0 });
});

test("more than one step's rows go in one run, and the ledger stays", async () => {
  const old = now - 40 * dayMs;
  await store.write(
    "rows.write",
    Array.from({ length: 1_100 }, (_, index) => event(index + 1, old)),
  );
  expect(await prune()).toMatchObject({ event: 1_100 });
  await store.write("setting.put", { key: "trustDomain", value: "t" });
  await store.write("setting.put", { key: "epoch", value: "e" });
  await store.write("setting.put", { key: "network", value: {} });
  const { ledgers } = await store.read("state.load", now);
  expect(ledgers).toMatchObject([{ seq: 1_100 }]);
});

test("day files of the decision log go after 400 days, other files are not ours to delete", async () => {
  const names = ["decisions-2025-10-17.jsonl", "decisions-2025-10-18.jsonl", "notes.txt"];
  for (const name of names) writeFileSync(join(directory, name), "");
  await prune();
  expect(readdirSync(directory).toSorted()).toEqual(names.slice(1));
});
