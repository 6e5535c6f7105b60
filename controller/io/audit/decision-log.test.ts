import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { generateSigningKey, readSigningKey } from "../keys/signing-key.ts";
import { chainStart, endLine, startLine } from "./chain.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { listDayFiles } from "./day-file.ts";
import { openDecisionLog } from "./decision-log.ts";
import { bytesFrom, makeTextBlock, putText } from "./text-block.ts";
import { verifyLog } from "./verify-log.ts";

const day = Date.UTC(2026, 10, 22);
let directory: string;
let nowAt = day;
const clock = { nowAt: () => nowAt };
const auditKey = readSigningKey("audit", generateSigningKey());
let checkpoints: Checkpoint[] = [];

const openLog = () =>
  openDecisionLog({
    directory,
    clock,
    auditKey,
    checkpointed: (checkpoint) => void checkpoints.push(checkpoint),
  });
const verified = (key = auditKey) => verifyLog(directory, key.publicJwk);

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "sallyport-log-")), "decisions");
  nowAt = day;
  checkpoints = [];
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

const entry = (n: number) => ({ kind: "audit" as const, body: `{"n":${n}}` });

async function write(...numbers: number[]): Promise<void> {
  const log = openLog();
  await Promise.all(numbers.map((n) => log.append([entry(n)])));
  await log.close();
}

const file = () => join(directory, "decisions-2026-11-22.jsonl");
const lines = () => readFileSync(file(), "utf8").trimEnd().split("\n");

test("entries are chained over batches, starts and days, in the order they came", async () => {
  await write(1, 2, 3);
  await write(4);
  nowAt += 86_400_000;
  await write(5);
  expect(listDayFiles(directory)).toEqual([
    "decisions-2026-11-22.jsonl",
    "decisions-2026-11-23.jsonl",
  ]);
  expect(lines().map((line) => (JSON.parse(line) as { body: { n: number } }).body.n)).toEqual([
    1, 2, 3, 4,
  ]);
  expect(await verified()).toMatchObject({ kind: "sound", entries: 5 });
});

test("a decision stands in its line as it was made, and the chain holds it", async () => {
  const decision = {
    id: "dec_01k9z3m8q5x7r2v4n6b8c0d1f3",
    reference: "B8C0-D1F3",
    at: nowAt,
    device: "dev_ä",
    resource: "res_1",
    effect: "deny",
    determinedBy: [],
    obligations: { record: false },
    leaseSeconds: 60,
    validUntilAt: nowAt + 1_000,
    unmet: [{ policy: "p", reason: { code: "fact_stale", params: { signal: "disk.encrypted" } } }],
    policyVersion: "a".repeat(64),
    inputHash: "b".repeat(64),
    errors: [],
  } as const;
  const log = openLog();
  await log.append([entry(1), { kind: "decision", decision }, entry(2)]);
  await log.close();
  expect(JSON.parse(lines()[1] ?? "")).toMatchObject({ kind: "decision", seq: 2, body: decision });
  expect(await verified()).toMatchObject({ kind: "sound", entries: 3 });
});

test("the files are for their owner alone", async () => {
  await write(1);
  expect(statSync(file()).mode & 0o077).toBe(0);
  expect(statSync(directory).mode & 0o077).toBe(0);
});

test.each([
  ["a changed entry", (all: string[]) => all.map((line) => line.replace('"n":2', '"n":9')), 3],
  ["a removed entry", (all: string[]) => all.toSpliced(1, 1), 2],
  ["another order", (all: string[]) => [all[0]!, all[2]!, all[1]!, all[3]!], 2],
  ["noise", (all: string[]) => all.with(1, "noise"), 2],
])("%s shows, with its place", async (_name, alter, line) => {
  await write(1, 2, 3, 4);
  writeFileSync(file(), `${alter(lines()).join("\n")}\n`);
  expect(await verified()).toEqual({
    kind: "broken",
    file: "decisions-2026-11-22.jsonl",
    line,
  });
});

test("a controller that never served has nothing to verify, and that is sound", async () => {
  expect(await verified()).toMatchObject({ kind: "sound", entries: 0, checkpoints: 0 });
});

test("half a line of a crash is cut off and the chain goes on", async () => {
  await write(1, 2);
  appendFileSync(file(), '{"at":1,"body');
  await write(3);
  expect(lines()).toHaveLength(3);
  expect(await verified()).toMatchObject({ kind: "sound", entries: 3 });
});

test("a log whose end is no entry is not continued", async () => {
  await write(1);
  appendFileSync(file(), "noise\n");
  expect(() => openLog()).toThrow(/SP-805/);
});

test("a checkpoint is signed every minute, told, and counted; a foreign key finds it bad", async () => {
  const log = openLog();
  await log.append([entry(1)]);
  expect(checkpoints).toEqual([]);
  nowAt += 60_000;
  await log.append([entry(2)]);
  await log.close();
  expect(checkpoints).toMatchObject([{ seq: 2 }]);
  expect(await verified()).toMatchObject({ kind: "sound", entries: 2, checkpoints: 1 });
  const other = readSigningKey("audit", generateSigningKey());
  expect(await verified(other)).toMatchObject({ kind: "broken", line: 3 });
});

test("a chain that was made anew after a change fails at its first checkpoint", async () => {
  const log = openLog();
  await log.append([entry(1)]);
  nowAt += 60_000;
  await log.append([entry(2)]);
  await log.close();
  let head = chainStart;
  const block = makeTextBlock();
  for (const line of lines()) {
    const { at, kind, body } = JSON.parse(line) as { at: number; kind: string; body: Json };
    const start = startLine(block, at);
    putText(block, canonicalJson(kind === "audit" ? { n: 9 } : body));
    head = endLine(block, { start, head, kind });
  }
  writeFileSync(file(), bytesFrom(block, 0));
  expect(await verified()).toMatchObject({ kind: "broken", line: 3 });
});

test("an append that cannot be written is refused, and later ones are sound again", async () => {
  const log = openLog();
  await log.append([entry(1)]);
  nowAt += 86_400_000;
  rmSync(directory, { recursive: true });
  await expect(log.append([entry(2)])).rejects.toThrow(/SP-901/);
  await log.close();
});
