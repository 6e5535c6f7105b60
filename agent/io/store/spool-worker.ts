/**
 * The thread that owns spool.db. Writes queue up while a transaction commits and then share the
 * next one, so that a burst costs one fsync. It never decides what may be dropped.
 */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { SpoolContent, SpooledEvent } from "../../core/link/outbox.ts";
import type { Name } from "../../core/effect.ts";
import { setAside } from "./atomic-file.ts";

/** What the main thread sends. */
export type SpoolOrder =
  | { readonly kind: "append"; readonly events: readonly SpooledEvent[] }
  | { readonly kind: "remove"; readonly names: readonly Name[]; readonly upTo: Name | null }
  | { readonly kind: "close" };

/** What the thread answers. */
export type SpoolReport =
  | { readonly kind: "opened"; readonly content: SpoolContent; readonly aside: string | null }
  | { readonly kind: "written" }
  | { readonly kind: "failed"; readonly full: boolean; readonly why: string }
  | { readonly kind: "closed" };

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (epoch, seq)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY CHECK (id = 1), digest TEXT NOT NULL) STRICT;
`;

const port = parentPort;
if (port === null) throw new Error("broken promise: the spool worker runs in a thread");
const path = String(workerData);
const opened = open();
let database: DatabaseSync | null = opened.database;
let orders: SpoolOrder[] = [];
let scheduled = false;

port.on("message", (order: SpoolOrder) => {
  orders.push(order);
  if (scheduled) return;
  scheduled = true;
  setImmediate(work);
});
report({ kind: "opened", content: opened.content, aside: opened.aside });

function work(): void {
  scheduled = false;
  const batch = orders;
  orders = [];
  const writes = batch.filter((order) => order.kind !== "close");
  if (writes.length > 0) write(writes);
  if (writes.length === batch.length) return;
  database?.close();
  database = null;
  report({ kind: "closed" });
  port?.close();
}

function write(writes: readonly SpoolOrder[]): void {
  if (database === null) return;
  try {
    database.exec("BEGIN IMMEDIATE");
    for (const order of writes) apply(database, order);
    database.exec("COMMIT");
    report({ kind: "written" });
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    const why = error instanceof Error ? error.message : String(error);
    report({ kind: "failed", full: /disk is full|disk I\/O|ENOSPC/i.test(why), why });
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
  } else if (order.kind === "remove") {
    const one = to.prepare("DELETE FROM event WHERE epoch = ? AND seq = ?");
    for (const name of order.names) one.run(name.epoch, name.seq);
    if (order.upTo === null) return;
    to.prepare("DELETE FROM event WHERE epoch = ? AND seq <= ?").run(
      order.upTo.epoch,
      order.upTo.seq,
    );
  }
}

function open(): { database: DatabaseSync | null; content: SpoolContent; aside: string | null } {
  try {
    const database = new DatabaseSync(path);
    database.exec(schema);
    return { database, content: load(database, false), aside: null };
  } catch (error) {
    if (!existsSync(path)) return withoutDisk(error);
    const aside = setAside(path);
    for (const suffix of ["-wal", "-shm"]) {
      if (existsSync(path + suffix)) setAside(path + suffix);
    }
    const database = new DatabaseSync(path);
    database.exec(schema);
    return { database, content: load(database, true), aside };
  }
}

/** A spool that cannot be made at all leaves the agent running: events are still sent. */
function withoutDisk(error: unknown): ReturnType<typeof open> {
  const why = error instanceof Error ? error.message : String(error);
  report({ kind: "failed", full: /full/i.test(why), why });
  return { database: null, content: { head: null, events: [], corrupt: false }, aside: null };
}

function load(from: DatabaseSync, corrupt: boolean): SpoolContent {
  const head = from.prepare("SELECT digest FROM head WHERE id = 1").get();
  const rows = from.prepare("SELECT body FROM event ORDER BY number").all();
  return {
    head: head === undefined ? null : String(head["digest"]),
    // SAFETY: only this thread writes these rows, from values of this very type.
    events: rows.map((row) => JSON.parse(String(row["body"])) as SpooledEvent),
    corrupt,
  };
}

function report(message: SpoolReport): void {
  port?.postMessage(message);
}
