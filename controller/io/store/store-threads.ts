/** One writer thread and reader threads over one file, with typed calls. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { ErrorCode } from "#shared/base/errors.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { AuditEntry } from "./operations/audit-trail.ts";
import type { readQueries } from "./read-queries.ts";
import { type StoreThread, startThread } from "./thread-client.ts";
import type { TrailedResult } from "./thread-message.ts";
import type { writeOperations } from "./write-operations.ts";

type Arguments<F> = F extends (db: never, args: infer A) => Promise<unknown> ? A : never;
type Result<F> = F extends (...all: never[]) => Promise<infer R> ? R : never;
type Writes = typeof writeOperations;
type Reads = typeof readQueries;

/** The open store; everything rejects with a CodedError. */
export interface StoreThreads {
  /** Resolves after the commit; order of calls is kept. */
  write<K extends keyof Writes>(name: K, args: Arguments<Writes[K]>): Promise<Result<Writes[K]>>;
  /** Sees what was committed before it. */
  read<K extends keyof Reads>(name: K, args: Arguments<Reads[K]>): Promise<Result<Reads[K]>>;
  /** Tells whether the last write succeeded; bad requests do not count as failures. */
  healthy(): boolean;
  /** Resolves when a thread broke; nothing can be written or read from then on. */
  readonly broken: Promise<void>;
  close(): Promise<void>;
}

/** What a store tells beside its results. */
export interface StoreObserver {
  readonly metrics: Pick<Metrics, "observe">;
  /** Told of every committed audit entry; the write that made them resolves after it. */
  audited(entries: readonly AuditEntry[]): Promise<void>;
}

/** Codes that mean that the store cannot write now, not that a request was bad. */
const storeFailures: ReadonlySet<ErrorCode> = new Set([
  "SP-404",
  "SP-414",
  "SP-415",
  "SP-801",
  "SP-805",
  "SP-901",
]);

/** Opens the file (made and migrated where needed) with one writer and one reader. */
export async function openStore(file: string, observer?: StoreObserver): Promise<StoreThreads> {
  const writer = await startThread({ role: "writer", file });
  const reader = await startReader(writer, file);
  let closing = false;
  let healthy = true;
  const call = async (name: string, args: unknown): Promise<TrailedResult> => {
    try {
      const trailed = (await writer.call(name, args)) as TrailedResult;
      healthy = true;
      return trailed;
    } catch (error) {
      if (error instanceof CodedError && storeFailures.has(error.code)) healthy = false;
      throw error;
    }
  };
  return {
    async write(name, args) {
      const startedMs = performance.now();
      const { result, audits } = await call(name, args);
      const table = name.split(".")[0] ?? name;
      const seconds = (performance.now() - startedMs) / 1000;
      observer?.metrics.observe("sallyport_store_write_seconds", { table }, seconds);
      if (audits.length > 0) await observer?.audited(audits);
      // The thread runs the operation of this very name, so its result has this type.
      return result as Result<Writes[typeof name]>;
    },
    read: async (name, args) => (await reader.call(name, args)) as Result<Reads[typeof name]>,
    healthy: () => healthy,
    broken: Promise.race([writer.ended, reader.ended]).then(() =>
      closing ? new Promise<void>(() => undefined) : undefined,
    ),
    async close() {
      closing = true;
      await reader.close();
      await writer.close();
    },
  };
}

async function startReader(writer: StoreThread, file: string): Promise<StoreThread> {
  try {
    return await startThread({ role: "reader", file });
  } catch (error) {
    await writer.close();
    throw error;
  }
}
