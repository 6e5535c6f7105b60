import type { StoreWrite, StoredState, WriteResult } from "../core/row.ts";

/** The store behind its writer thread; nothing here blocks the caller's thread. */
export interface Store {
  load(): Promise<StoredState>;
  /** One transaction, grouped with others; resolves when durable, rejects with SP-801 or SP-404. Order of calls is kept. */
  write(writes: readonly StoreWrite[]): Promise<WriteResult>;
}
