/**
 * Runs operations in order and commits what queued up meanwhile as one transaction: a batch is as
 * large as the last commit was slow, and nothing waits for a timer. Each operation has a savepoint,
 * so one that fails takes no other with it; a failed commit fails its whole batch.
 */
import type { DatabaseSync } from "node:sqlite";

const batchMax = 256;

/** An operation in the queue. Exactly one of `done` and `failed` is called, after the commit. */
export interface QueuedOperation {
  run(): Promise<unknown>;
  done(result: unknown): void;
  failed(error: unknown): void;
}

/** Takes operations; `drained` resolves when the queue is empty. */
export interface GroupCommit {
  add(operation: QueuedOperation): void;
  drained(): Promise<void>;
}

/** Returns a queue over the only connection that writes. */
export function makeGroupCommit(sqlite: DatabaseSync): GroupCommit {
  const queue: QueuedOperation[] = [];
  let working: Promise<void> | null = null;
  const work = async () => {
    // Messages that arrived together are read in one turn of the loop; let them all queue first.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      await commitBatch(sqlite, queue.splice(0, batchMax));
      await new Promise((resolve) => setImmediate(resolve));
    }
    working = null;
  };
  return {
    add(operation) {
      queue.push(operation);
      working ??= work();
    },
    drained: () => working ?? Promise.resolve(),
  };
}

async function commitBatch(sqlite: DatabaseSync, batch: readonly QueuedOperation[]): Promise<void> {
  const settle: (() => void)[] = [];
  try {
    sqlite.exec("BEGIN IMMEDIATE");
    for (const operation of batch) settle.push(await runOne(sqlite, operation));
    sqlite.exec("COMMIT");
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec("ROLLBACK");
    for (const operation of batch) operation.failed(error);
    return;
  }
  for (const tell of settle) tell();
}

async function runOne(sqlite: DatabaseSync, operation: QueuedOperation): Promise<() => void> {
  sqlite.exec("SAVEPOINT operation");
  try {
    const result = await operation.run();
    sqlite.exec("RELEASE operation");
    return () => operation.done(result);
  } catch (error) {
    // A full disk ends the whole transaction by itself; then there is no savepoint to go back to.
    if (!sqlite.isTransaction) throw error;
    sqlite.exec("ROLLBACK TO operation; RELEASE operation");
    return () => operation.failed(error);
  }
}
