/**
 * spool.db from the loop's side: nobody waits for the disk. What is written in one turn of the loop
 * shares a transaction, which only reaches the kernel (some 0.1 ms); the log behind it is synced by
 * the file system's own threads, and what came meanwhile shares the next sync.
 */
import { type FileHandle, open } from "node:fs/promises";
import { type ErrorRef } from "#shared/base/coded-error.ts";
import type { SpoolContent } from "../../core/link/outbox.ts";
import type { Spool } from "../../ports.ts";
import { openSpoolFile, type SpoolFile, type SpoolOrder, writeOrders } from "./spool-database.ts";

/** An open spool with what it held. */
export interface OpenSpool {
  readonly spool: Spool;
  readonly content: SpoolContent;
  /** Set where the former file was corrupt and set aside (SP-305). */
  readonly trouble: ErrorRef | null;
  /** Names the function that hears of failed writes (an error) and of the first good one after (null). */
  onTrouble(listener: (error: ErrorRef | null) => void): void;
}

/** Opens (or makes) the spool at a path; where there can be none, events are sent all the same. */
export async function openSpool(path: string): Promise<OpenSpool> {
  const told = openTrouble();
  try {
    const file = openSpoolFile(path);
    const { content, aside } = file;
    const log = await open(`${path}-wal`, "r+");
    return {
      content,
      trouble: aside === null ? null : { code: "SP-305", params: { file: path, aside } },
      onTrouble: told.listen,
      spool: writingTo({ path, file, log, tell: told.tell }),
    };
  } catch (cause) {
    told.tell(failureOf(path, cause));
    const content = { head: null, events: [], corrupt: false };
    const spool = {
      append: () => undefined,
      remove: () => undefined,
      close: () => Promise.resolve(),
    };
    return { content, trouble: null, onTrouble: told.listen, spool };
  }
}

interface Writing {
  readonly path: string;
  readonly file: SpoolFile;
  /** SQLite's own log: closing it lets go of no lock, as closing the database's file would. */
  readonly log: FileHandle;
  /** Hears how each write ended; null is a good one. */
  readonly tell: (error: ErrorRef | null) => void;
}

/** Of a disk that stays full, what is beyond this lives in memory alone. */
const waitingOrdersMax = 10_000;

function writingTo({ path, file, log, tell }: Writing): Spool {
  let orders: SpoolOrder[] = [];
  let scheduled = false;
  let synced: Promise<void> = Promise.resolve();
  let waiting = false;
  const sync = async (): Promise<void> => {
    waiting = false;
    await log.datasync().then(
      () => tell(null),
      (cause: unknown) => tell(failureOf(path, cause)),
    );
  };
  const write = (): void => {
    scheduled = false;
    if (orders.length === 0) return;
    try {
      writeOrders(file.database, orders);
    } catch (cause) {
      // The next order tries these again: the disk may have room by then.
      orders = orders.slice(0, waitingOrdersMax);
      return tell(failureOf(path, cause));
    }
    orders = [];
    if (waiting) return;
    waiting = true;
    synced = synced.then(sync);
  };
  const order = (one: SpoolOrder): void => {
    orders.push(one);
    if (scheduled) return;
    scheduled = true;
    setImmediate(write);
  };
  return {
    append: (events) => order({ kind: "append", events }),
    remove: (names, upTo) => order({ kind: "remove", names, upTo }),
    close: async () => {
      write();
      await synced;
      await log.close();
      file.database.close();
    },
  };
}

/** Remembers trouble that comes before anybody listens, and tells its end once. */
function openTrouble(): {
  readonly tell: (error: ErrorRef | null) => void;
  readonly listen: (listener: (error: ErrorRef | null) => void) => void;
} {
  let failing: ErrorRef | null = null;
  let listener: (error: ErrorRef | null) => void = () => undefined;
  return {
    tell: (error) => {
      if (failing === null && error === null) return;
      failing = error;
      listener(error);
    },
    listen: (next) => {
      listener = next;
      if (failing !== null) next(failing);
    },
  };
}

function failureOf(path: string, cause: unknown): ErrorRef {
  const why = cause instanceof Error ? cause.message : String(cause);
  return /disk is full|disk I\/O|ENOSPC|EDQUOT/i.test(why)
    ? { code: "SP-404", params: { file: path } }
    : { code: "SP-901", params: { why: `spool: ${why}` } };
}
