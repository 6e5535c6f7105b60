/** The tables of spool.db. It never decides what may be dropped. */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Name } from "../../core/effect.ts";
import type { SpoolContent, SpooledEvent } from "../../core/link/outbox.ts";
import { setAside } from "./atomic-file.ts";

/** One change of the spool. */
export type SpoolOrder =
  | { readonly kind: "append"; readonly events: readonly SpooledEvent[] }
  | { readonly kind: "remove"; readonly names: readonly Name[]; readonly upTo: Name | null };

/** An open file with what it held; `aside` names a corrupt one that was put away. */
export interface SpoolFile {
  readonly database: DatabaseSync;
  readonly content: SpoolContent;
  readonly aside: string | null;
}

// EXCLUSIVE: without others there is no shared index to make room for, so a full disk is opened too.
// NORMAL: a commit only reaches the kernel; whoever writes syncs the log without waiting for the disk.
const schema = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (epoch, seq)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY CHECK (id = 1), digest TEXT NOT NULL) STRICT;
`;

/**
 * Opens a spool, or makes it; a corrupt file is set aside. Throws where there can be none at all, and
 * where the machine is at fault: what a whole file holds is still there once the disk has room. SP-305
 * is a corrupt one that is set aside already.
 */
export function openSpoolFile(path: string): SpoolFile {
  try {
    return openAs(path, { corrupt: false, aside: null });
  } catch (error) {
    if (!existsSync(path) || !isCorruption(error)) throw error;
    const aside = setAside(path);
    for (const suffix of ["-wal", "-shm"]) {
      if (existsSync(path + suffix)) setAside(path + suffix);
    }
    try {
      return openAs(path, { corrupt: true, aside });
    } catch (cause) {
      throw new CodedError("SP-305", { file: path, aside }, { cause });
    }
  }
}

/** SQLite's primary results that speak of what the file holds: error in SQL, corrupt, not a database. */
const corruptResults: readonly unknown[] = [1, 11, 26];

/** An error without a result of SQLite's comes from reading the rows. */
function isCorruption(error: unknown): boolean {
  const result = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof result === "number" ? corruptResults.includes(result & 0xff) : true;
}

/** Writes orders in one transaction: all of them or none. */
export function writeOrders(database: DatabaseSync, orders: readonly SpoolOrder[]): void {
  try {
    database.exec("BEGIN IMMEDIATE");
    for (const order of orders) apply(database, order);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function apply(to: DatabaseSync, order: SpoolOrder): void {
  if (order.kind === "append") {
    const insert = to.prepare("INSERT OR IGNORE INTO event (epoch, seq, body) VALUES (?, ?, ?)");
    const head = to.prepare("INSERT OR REPLACE INTO head (id, digest) VALUES (1, ?)");
    for (const event of order.events) {
      insert.run(event.epoch, event.seq, JSON.stringify(event));
      head.run(event.digest);
    }
    return;
  }
  const one = to.prepare("DELETE FROM event WHERE epoch = ? AND seq = ?");
  for (const name of order.names) one.run(name.epoch, name.seq);
  if (order.upTo === null) return;
  to.prepare("DELETE FROM event WHERE epoch = ? AND seq <= ?").run(
    order.upTo.epoch,
    order.upTo.seq,
  );
}

function openAs(path: string, found: { corrupt: boolean; aside: string | null }): SpoolFile {
  const database = new DatabaseSync(path);
  try {
    database.exec(schema);
    const head = database.prepare("SELECT digest FROM head WHERE id = 1").get();
    const rows = database.prepare("SELECT body FROM event ORDER BY number").all();
    const content = {
      head: head === undefined ? null : String(head["digest"]),
      // SAFETY: only this program writes these rows, from values of this very type.
      events: rows.map((row) => JSON.parse(String(row["body"])) as SpooledEvent),
      corrupt: found.corrupt,
    };
    return { database, content, aside: found.aside };
  } catch (error) {
    database.close();
    throw error;
  }
}
