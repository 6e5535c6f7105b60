import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { openSentJournal } from "./sent-journal.ts";

const dayMs = 86_400_000;
const startAt = Date.UTC(2026, 10, 1, 12);
let directory: string;
let at = startAt;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  at = startAt;
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (failed: (why: string) => void = (why) => expect.fail(why)) =>
  openSentJournal(join(directory, "sent"), { now: () => at, failed });
const bye = (reason: string): AgentMessage => ({ kind: "bye", reason });
const counters = (more: object = {}): AgentMessage => ({
  kind: "telemetry",
  peers: [],
  netd: { wireguard: "kernel", healthy: true },
  ...more,
});

test("tells what was sent, word by word, newest first, also after a restart", async () => {
  const journal = open();
  journal.note(bye("one"));
  at += 1_000;
  journal.note(bye("two"));
  await journal.close();
  const again = await open().read({ sinceAt: startAt });
  expect(again).toEqual({
    messages: [
      { at: startAt + 1_000, message: bye("two") },
      { at: startAt, message: bye("one") },
    ],
    more: false,
  });
  expect((await open().read({ sinceAt: startAt + 1 })).messages).toHaveLength(1);
  expect(statSync(join(directory, "sent", "2026-11-01.jsonl")).mode & 0o777).toBe(0o600);
});

test("leaves out what repeats itself, and nothing that tells of the machine", async () => {
  const journal = open();
  journal.note({ kind: "applied", what: "config", ref: "1", result: "ok", errors: [], tookMs: 1 });
  for (let turn = 0; turn < 3; turn += 1) journal.note(counters());
  journal.note(counters({ inventory: { model: "x" } }));
  at += 3_600_000;
  journal.note(counters());
  const { messages } = await journal.read({ sinceAt: 0 });
  expect(messages.map(({ message }) => message)).toEqual([
    counters(),
    counters({ inventory: { model: "x" } }),
    counters(),
  ]);
});

test("keeps thirty days", async () => {
  const journal = open();
  for (let day = 0; day < 33; day += 1) {
    journal.note(bye(String(day)));
    at += dayMs;
  }
  await journal.close();
  const names = readdirSync(join(directory, "sent")).sort();
  expect([names[0], names.at(-1), names.length]).toEqual([
    "2026-11-03.jsonl",
    "2026-12-03.jsonl",
    31,
  ]);
});

test("answers with what fits, and reads on behind a line that was cut", async () => {
  const journal = open();
  journal.note(bye("kept"));
  await journal.close();
  appendFileSync(join(directory, "sent", "2026-11-01.jsonl"), '{"at":17');
  expect((await journal.read({ sinceAt: 0 })).messages).toHaveLength(1);
  for (let turn = 0; turn < 8; turn += 1) journal.note(bye("x".repeat(100_000)));
  const { messages, more } = await journal.read({ sinceAt: 0 });
  expect([messages.length, more]).toEqual([5, true]);
});

test("a disk that takes nothing is said, and nobody waits for it", async () => {
  const said: string[] = [];
  const journal = open((why) => said.push(why));
  await journal.close();
  rmSync(join(directory, "sent"), { recursive: true });
  journal.note(bye("lost"));
  await journal.close();
  expect(said).toHaveLength(1);
});

test("what one answer does not hold is in the next, and nothing is in both", async () => {
  const journal = open();
  const long = "x".repeat(100_000);
  for (let turn = 0; turn < 12; turn += 1) journal.note(bye(`${turn} ${long}`));
  const untilAt = at;
  const told: string[] = [];
  for (;;) {
    const { messages, more } = await journal.read({ sinceAt: 0, untilAt, skip: told.length });
    for (const { message } of messages) {
      told.push(message.kind === "bye" ? (message.reason.split(" ")[0] ?? "") : "");
    }
    if (!more) break;
    // What is sent meanwhile does not shift the rest.
    at += 1;
    journal.note(bye("late"));
  }
  expect(told).toEqual(["11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
});
