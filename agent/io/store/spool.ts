/**
 * spool.db from the loop's side: nobody waits for the disk. What is written in one turn of the loop
 * shares a transaction, which only reaches the kernel (some 0.1 ms); the log behind it is synced by
 * the file system's own threads, and what came meanwhile shares the next sync.
 */
import { closeSync, fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { SpoolContent } from "../../core/link/outbox.ts";
import type { Spool } from "../../ports.ts";
import type { Told } from "./late-writer.ts";
import { placeError } from "./place-error.ts";
import { openSpoolFile, type SpoolFile, type SpoolOrder, writeOrders } from "./spool-database.ts";
import { tryAgain, type Wait } from "./try-again.ts";

/** An open spool with what it held. */
export interface OpenSpool {
  readonly spool: Spool;
  readonly content: SpoolContent;
  /** Set where the former file was corrupt and set aside (SP-305). */
  readonly trouble: ErrorRef | null;
  /** Names the function that hears of failed writes (an error) and of the first good one after (null). */
  onTrouble(listener: Told): void;
}

/** What a spool works with beside its path. */
export interface SpoolTools {
  readonly openFile?: (path: string) => SpoolFile;
  readonly wait?: Wait;
}

/**
 * Opens (or makes) the spool at a path. Where there can be none now, events are sent all the same, and
 * kept once it can be opened; what it holds then is for the next start.
 */
export function openSpool(path: string, tools: SpoolTools = {}): OpenSpool {
  const told = openTrouble();
  const openBoth = (): Opened => {
    const file = (tools.openFile ?? openSpoolFile)(path);
    return { file, log: openSync(`${path}-wal`, "r+") };
  };
  let opened: Opened | null = null;
  let lost: ErrorRef | null = null;
  try {
    opened = openBoth();
  } catch (cause) {
    if (isSetAside(cause)) lost = { code: cause.code, params: cause.params };
    told.tell(failureOf(path, cause));
  }
  const { content, aside } = opened?.file ?? {
    content: { ...nothing, corrupt: lost !== null },
    aside: null,
  };
  return {
    content,
    trouble: aside === null ? lost : { code: "SP-305", params: { file: path, aside } },
    onTrouble: told.listen,
    spool: writingTo({ path, opened, open: openBoth, tell: told.tell, wait: tools.wait }),
  };
}

const nothing: SpoolContent = { head: null, events: [], corrupt: false };

interface Opened {
  readonly file: SpoolFile;
  /** SQLite's own log: closing it lets go of no lock, as closing the database's file would. */
  readonly log: number;
}

interface Writing {
  readonly path: string;
  /** Null until it can be opened. */
  readonly opened: Opened | null;
  readonly open: () => Opened;
  /** Hears how each write ended; null is a good one. */
  readonly tell: Told;
  readonly wait: Wait | undefined;
}

/** Of a disk that stays full, what is beyond this lives in memory alone. */
const waitingOrdersMax = 10_000;

const datasync = promisify(fdatasync);

function writingTo({ path, opened, open, tell, wait }: Writing): Spool {
  let target = opened;
  let orders: SpoolOrder[] = [];
  let scheduled = false;
  let synced: Promise<void> = Promise.resolve();
  let waiting = false;
  const sync = async (log: number): Promise<void> => {
    waiting = false;
    await datasync(log).then(
      () => tell(null),
      (cause: unknown) => tell(failureOf(path, cause)),
    );
  };
  const write = (): boolean => {
    scheduled = false;
    if (orders.length === 0 && target !== null) return true;
    try {
      target ??= open();
      writeOrders(target.file.database, orders);
    } catch (cause) {
      orders = orders.slice(0, waitingOrdersMax);
      tell(failureOf(path, cause));
      again.soon();
      return false;
    }
    orders = [];
    again.stop();
    if (waiting) return true;
    waiting = true;
    const { log } = target;
    synced = synced.then(() => sync(log));
    return true;
  };
  const again = tryAgain(write, wait);
  if (target === null) again.soon();
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
      again.stop();
      await synced;
      if (target === null) return;
      closeSync(target.log);
      target.file.database.close();
    },
  };
}

/** Remembers trouble that comes before anybody listens, and tells its end once. */
function openTrouble(): { readonly tell: Told; readonly listen: (listener: Told) => void } {
  let failing: ErrorRef | null = null;
  let listener: Told = () => undefined;
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

/** A corrupt file that is away, in whose place there can be no other yet. */
function isSetAside(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === "SP-305";
}

function failureOf(path: string, error: unknown): ErrorRef {
  const cause = isSetAside(error) ? error.cause : error;
  const why = cause instanceof Error ? cause.message : String(cause);
  const place = placeError(path);
  if (place !== null) return place;
  return /disk is full|disk I\/O|ENOSPC|EDQUOT/i.test(why)
    ? { code: "SP-404", params: { file: path } }
    : { code: "SP-901", params: { why: `spool: ${why}` } };
}
