/**
 * The append-only log of decisions and administrative changes, beside the tables: what queued up
 * while the former batch was synced is written and synced as one. It never rewrites a line.
 */
import { mkdirSync, readFileSync, truncateSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";
import type { Decision } from "#shared/policy/decision.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import { type Checkpoint, signCheckpoint } from "./checkpoint.ts";
import { type ChainHead, chainStart, endLine, followLine, startLine } from "./chain.ts";
import { dayFileName, listDayFiles, openDayFile } from "./day-file.ts";
import { makeDecisionWriter } from "./decision-text.ts";
import { bytesFrom, emptyBlock, makeTextBlock, putText, type TextBlock } from "./text-block.ts";

/** One entry; `body` is canonical JSON. */
export type LogEntry =
  | { readonly kind: "decision"; readonly decision: Decision }
  | { readonly kind: "source" | "audit"; readonly body: string };

/** The decision log. */
export interface DecisionLog {
  /** Resolves when durable; rejects with SP-404, SP-414 or SP-901, and the entries are then not in the log. */
  append(entries: readonly LogEntry[]): Promise<void>;
  /** Ends after everything before it is durable. */
  close(): Promise<void>;
}

interface Waiting {
  readonly entries: readonly LogEntry[];
  resolve(): void;
  reject(error: CodedError): void;
}

/** What the log works with. */
export interface DecisionLogParts {
  readonly directory: string;
  readonly clock: Pick<Clock, "nowAt">;
  readonly auditKey: SigningKey;
  /** Told of each durable checkpoint, so that it is kept elsewhere too. */
  checkpointed(checkpoint: Checkpoint): void;
}

const checkpointEveryMs = 60_000;
const checkpointEveryEntries = 1_000;

/** Opens the log of a folder (made where needed) at the end of its chain; a torn last line is cut off. */
export function openDecisionLog(parts: DecisionLogParts): DecisionLog {
  const { directory, clock, auditKey } = parts;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let head = recoverHead(directory);
  let marked = { seq: head.seq, atMs: clock.nowAt() };
  let file: { readonly name: string; readonly handle: FileHandle } | null = null;
  const queue: Waiting[] = [];
  const lines = makeLineWriter();
  let working: Promise<void> | null = null;

  const writeBatch = async (batch: readonly Waiting[]) => {
    const atMs = clock.nowAt();
    const name = dayFileName(atMs);
    if (file?.name !== name) {
      await file?.handle.close();
      file = { name, handle: await openDayFile(directory, name) };
    }
    emptyBlock(lines.block);
    let after = head;
    for (const { entries } of batch) {
      for (const entry of entries) after = lines.put(after, entry, atMs);
    }
    const due =
      after.seq - marked.seq >= checkpointEveryEntries || atMs - marked.atMs >= checkpointEveryMs;
    const checkpoint = due ? signCheckpoint(after, auditKey) : null;
    if (checkpoint !== null) {
      after = lines.put(after, { kind: "checkpoint", body: plainText(checkpoint) }, atMs);
    }
    const { size } = await file.handle.stat();
    try {
      await file.handle.writeFile(bytesFrom(lines.block, 0));
      await file.handle.datasync();
    } catch (error) {
      // What was written in part must not stand between two links of the chain.
      await file.handle.truncate(size);
      throw error;
    }
    head = after;
    if (checkpoint === null) return;
    marked = { seq: head.seq, atMs };
    parts.checkpointed(checkpoint);
  };
  const work = async () => {
    while (queue.length > 0) {
      const batch = queue.splice(0);
      try {
        await writeBatch(batch);
        for (const waiting of batch) waiting.resolve();
      } catch (error) {
        const failure = codedFailure(error, directory);
        for (const waiting of batch) waiting.reject(failure);
      }
    }
    working = null;
  };
  return {
    append(entries) {
      if (entries.length === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        queue.push({ entries, resolve, reject });
        working ??= work();
      });
    },
    async close() {
      await working;
      await file?.handle.close();
      file = null;
    },
  };
}

type Line = LogEntry | { readonly kind: "checkpoint"; readonly body: string };

/** Puts lines behind each other into one block. */
export interface LineWriter {
  readonly block: TextBlock;
  /** Returns the head after the line. */
  put(head: ChainHead, line: Line, atMs: number): ChainHead;
}

/** Returns a writer of lines, as the log writes them. */
export function makeLineWriter(): LineWriter {
  const block = makeTextBlock();
  const putDecision = makeDecisionWriter(block);
  return {
    block,
    put(head, line, atMs) {
      const start = startLine(block, atMs);
      if (line.kind === "decision") putDecision(line.decision);
      else putText(block, line.body);
      return endLine(block, { start, head, kind: line.kind });
    },
  };
}

/** Returns plain data as canonical JSON. */
export function plainText(body: object): string {
  return canonicalJson(JSON.parse(JSON.stringify(body)) as Json);
}

function recoverHead(directory: string): ChainHead {
  for (const name of listDayFiles(directory).toReversed()) {
    const path = join(directory, name);
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf(0x0a) + 1;
    // Only a crash within a write leaves half a line, and nobody was told that it is durable.
    if (end < bytes.length) truncateSync(path, end);
    const last = bytes.subarray(0, end).toString().trimEnd().split("\n").at(-1) ?? "";
    if (last === "") continue;
    const head = followLine(null, last);
    if (head === null) throw new CodedError("SP-805", { file: path, why: "its end is no entry" });
    return head;
  }
  return chainStart;
}

function codedFailure(error: unknown, directory: string): CodedError {
  const why = `writing the decision log: ${error instanceof Error ? error.message : String(error)}`;
  const { code, params } = fileErrorOf(error, directory) ?? { code: "SP-901", params: { why } };
  return new CodedError(code, params, { cause: error });
}
