/**
 * The append-only log of decisions and administrative changes, beside the tables: what queued up
 * while the former batch was synced is written and synced as one. It never rewrites a line.
 */
import { mkdirSync, readFileSync, truncateSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import { type Checkpoint, signCheckpoint } from "./checkpoint.ts";
import { type ChainHead, chainStart, followLine, nextLine } from "./chain.ts";
import { dayFileName, listDayFiles, openDayFile } from "./day-file.ts";

/** One entry; `body` is canonical JSON. */
export interface LogEntry {
  readonly kind: "decision" | "source" | "audit";
  readonly body: string;
}

/** The decision log. */
export interface DecisionLog {
  /** Resolves when durable; rejects with SP-404 or SP-901, and the entries are then not in the log. */
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
  let working: Promise<void> | null = null;

  const writeBatch = async (batch: readonly Waiting[]) => {
    const atMs = clock.nowAt();
    const name = dayFileName(atMs);
    if (file?.name !== name) {
      await file?.handle.close();
      file = { name, handle: await openDayFile(directory, name) };
    }
    const entries = batch.flatMap((waiting) => waiting.entries);
    const written = linesOf(head, entries, atMs);
    const due =
      written.after.seq - marked.seq >= checkpointEveryEntries ||
      atMs - marked.atMs >= checkpointEveryMs;
    const checkpoint = due ? signCheckpoint(written.after, auditKey) : null;
    const mark =
      checkpoint === null ? [] : [{ kind: "checkpoint" as const, body: plainText(checkpoint) }];
    const marking = linesOf(written.after, mark, atMs);
    const text = written.text + marking.text;
    const { size } = await file.handle.stat();
    try {
      await file.handle.writeFile(text);
      await file.handle.datasync();
    } catch (error) {
      // What was written in part must not stand between two links of the chain.
      await file.handle.truncate(size);
      throw error;
    }
    head = marking.after;
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

interface Line {
  readonly kind: LogEntry["kind"] | "checkpoint";
  readonly body: string;
}

function linesOf(before: ChainHead, lines: readonly Line[], atMs: number) {
  let after = before;
  const texts = lines.map(({ kind, body }) => {
    const next = nextLine(after, { at: atMs, kind, body });
    after = next.head;
    return `${next.line}\n`;
  });
  return { text: texts.join(""), after };
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
  const full = (error as NodeJS.ErrnoException | null)?.code === "ENOSPC";
  const why = `writing the decision log: ${error instanceof Error ? error.message : String(error)}`;
  return full
    ? new CodedError("SP-404", { file: directory }, { cause: error })
    : new CodedError("SP-901", { why }, { cause: error });
}
