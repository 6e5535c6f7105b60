/**
 * What was said to the controller, kept for the people of this machine: a file a day, thirty days. A
 * message is noted as it is sent, so that nobody has to believe a description of it.
 */
import { appendFile, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SentJournal, SentMessage, SentSpan } from "../../ports.ts";
import { parseJson } from "../json-text.ts";
import { dayMs } from "#shared/base/time-span.ts";

const keptDays = 30;
/** A day with more than this is cut: the disk of a laptop is not ours. */
const dayBytesMax = 8 * 1024 * 1024;
/** Under the local socket's limit of a line. */
const answerBytesMax = 512 * 1024;
/** Counters of the tunnel change all the time and say little: one of them in an hour is kept. */
const countersEveryMs = 3_600_000;

/** What the journal needs of its surroundings. */
export interface JournalOptions {
  readonly now: () => number;
  /** Hears once of a disk that does not take it; the messages were sent all the same. */
  readonly failed: (why: string) => void;
}

/** Opens the journal of a folder. */
export function openSentJournal(directory: string, { now, failed }: JournalOptions): SentJournal {
  let writing: Promise<void> = Promise.resolve();
  let countersAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  const queue = (work: () => Promise<void>): void => {
    writing = writing.then(work).then(
      () => {
        failing = false;
      },
      (error: unknown) => {
        if (!failing) failed(error instanceof Error ? error.message : String(error));
        failing = true;
      },
    );
  };
  const make = async (): Promise<void> => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  };
  queue(make);
  return {
    note: (message) => {
      const at = now();
      if (message.kind === "beat" || message.kind === "applied") return;
      if (message.kind === "telemetry" && message.inventory === undefined) {
        if (at < countersAt + countersEveryMs) return;
        countersAt = at;
      }
      queue(async () => {
        if (failing) await make();
        await append(directory, { at, message });
      });
    },
    read: async (asked) => {
      await writing;
      return readBack(directory, asked);
    },
    close: async () => {
      await writing;
    },
  };
}

async function append(directory: string, entry: SentMessage) {
  const name = nameOf(entry.at);
  const path = join(directory, name);
  const size = await sizeOf(path);
  if (size === 0) await removeOld(directory, entry.at);
  if (size < dayBytesMax) await appendFile(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return 0;
      throw error;
    },
  );
}

async function removeOld(directory: string, at: number): Promise<void> {
  const oldest = nameOf(at - keptDays * dayMs);
  const names = await readdir(directory);
  for (const name of names.filter((one) => one < oldest)) await rm(join(directory, name));
}

/** Returns the newest messages that fit into an answer, newest first. */
async function readBack(
  directory: string,
  { sinceAt, untilAt = Number.POSITIVE_INFINITY, skip = 0 }: SentSpan,
): Promise<{ readonly messages: readonly SentMessage[]; readonly more: boolean }> {
  const names = (await readdir(directory)).filter((name) => name >= nameOf(sinceAt));
  const messages: SentMessage[] = [];
  let bytes = 0;
  let skipped = 0;
  for (const name of names.sort().reverse()) {
    const lines = (await readFile(join(directory, name), "utf8")).split("\n");
    for (const line of lines.reverse()) {
      const entry = parseJson(line) as SentMessage | undefined;
      // The last line may be cut by a crash.
      if (entry === undefined || entry.at < sinceAt || entry.at > untilAt) continue;
      skipped += 1;
      if (skipped <= skip) continue;
      bytes += line.length;
      if (bytes > answerBytesMax && messages.length > 0) return { messages, more: true };
      messages.push(entry);
    }
  }
  return { messages, more: false };
}

function nameOf(at: number): string {
  return `${new Date(Math.max(at, 0)).toISOString().slice(0, 10)}.jsonl`;
}
