/** The store's real operations over an SQLite database in memory, without threads: fast to open. */
import type { Analyst } from "../../controller/io/analysis/analyst.ts";
import { analysisOperations } from "../../controller/io/analysis/operations.ts";
import { openDatabase } from "../../controller/io/store/database.ts";
import { makeGroupCommit } from "../../controller/io/store/group-commit.ts";
import { migrate } from "../../controller/io/store/migrate.ts";
import { readQueries } from "../../controller/io/store/read-queries.ts";
import { storeFailure } from "../../controller/io/store/store-error.ts";
import type { StoreThreads } from "../../controller/io/store/store-threads.ts";
import { writeOperations } from "../../controller/io/store/write-operations.ts";
import { CodedError } from "#shared/base/coded-error.ts";

type Run = (db: unknown, args: unknown) => Promise<unknown>;

/** The store, and the analyst over the same file. */
export interface StoreInProcess extends StoreThreads {
  readonly analyst: Pick<Analyst, "ask">;
}

/** Opens an empty, migrated store. */
export async function openStoreInProcess(): Promise<StoreInProcess> {
  const file = ":memory:";
  const database = openDatabase(file, { readOnly: false });
  await migrate(database, file);
  const commits = makeGroupCommit(database.sqlite);
  const coded = (error: unknown, doing: string) => {
    const { code, params } = storeFailure(error, doing, file);
    return new CodedError(code, params);
  };
  const call = (list: object, name: string, args: unknown) =>
    (list as Record<string, Run>)[name]?.(database.kysely, structuredClone(args)) ??
    Promise.reject(new Error(`no operation ${name}`));
  const write = (name: string, args: unknown) =>
    new Promise((resolve, reject) => {
      commits.add({
        run: () => call(writeOperations, name, args),
        done: resolve,
        failed: (error) => reject(coded(error, name)),
      });
    });
  const read = (name: string, args: unknown) => call(readQueries, name, args);
  return {
    // The operation of a name has the types that `StoreThreads` promises for it.
    write: write as StoreThreads["write"],
    read: read as StoreThreads["read"],
    analyst: {
      ask: ((name: string, args: unknown) =>
        call(analysisOperations, name, args)) as Analyst["ask"],
    },
    healthy: () => true,
    broken: new Promise(() => undefined),
    async close() {
      await commits.drained();
      database.sqlite.close();
    },
  };
}
