import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GroupCommit, makeGroupCommit } from "./group-commit.ts";
import { storeFailure } from "./store-error.ts";

let sqlite: DatabaseSync;
let commits: GroupCommit;
beforeEach(() => {
  sqlite = new DatabaseSync(":memory:");
  sqlite.exec("CREATE TABLE t (n INTEGER UNIQUE, filler TEXT)");
  commits = makeGroupCommit(sqlite);
});
afterEach(() => sqlite.close());

function insert(n: number, bytes = 1): Promise<string> {
  return new Promise((resolve) => {
    commits.add({
      run: () => {
        sqlite.prepare("INSERT INTO t VALUES (?, ?)").run(n, "x".repeat(bytes));
        return Promise.resolve(sqlite.isTransaction);
      },
      done: (inTransaction) => resolve(`done ${String(inTransaction)} ${sqlite.isTransaction}`),
      failed: (error) => resolve(storeFailure(error, "inserting", "file").code),
    });
  });
}

const held = () =>
  sqlite
    .prepare("SELECT n FROM t ORDER BY n")
    .all()
    .map((row) => row["n"]);

test("operations of one turn share a transaction and are told after its commit", async () => {
  expect(await Promise.all([insert(1), insert(2), insert(3)])).toEqual([
    "done true false",
    "done true false",
    "done true false",
  ]);
  expect(held()).toEqual([1, 2, 3]);
});

test("one that fails is undone alone", async () => {
  expect(await Promise.all([insert(1), insert(1), insert(2)])).toEqual([
    "done true false",
    "SP-705",
    "done true false",
  ]);
  expect(held()).toEqual([1, 2]);
});

test("a full disk refuses its operation by code; with space again writing goes on", async () => {
  await insert(1);
  sqlite.exec("PRAGMA max_page_count = 4");
  expect(await insert(2, 1_000_000)).toBe("SP-404");
  expect(sqlite.isTransaction).toBe(false);
  sqlite.exec("PRAGMA max_page_count = 1000000");
  expect(await insert(3, 1_000_000)).toBe("done true false");
  expect(held()).toEqual([1, 3]);
});

test("a commit that cannot begin fails all of its batch and nothing hangs", async () => {
  sqlite.exec("BEGIN");
  expect(await Promise.all([insert(1), insert(2)])).toEqual(["SP-901", "SP-901"]);
  await commits.drained();
  expect(held()).toEqual([]);
});
