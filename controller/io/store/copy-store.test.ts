import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyStore } from "./copy-store.ts";

let directory: string;
let from: string;
let store: DatabaseSync;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-copy-"));
  from = join(directory, "controller.db");
  store = new DatabaseSync(from);
  store.exec(`PRAGMA journal_mode = WAL; CREATE TABLE setting (key TEXT, body TEXT);
    CREATE TABLE event (body BLOB); INSERT INTO setting VALUES ('trustDomain', '"example.test"')`);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

test("what is written while the store is copied waits for nothing and is not in the copy", async () => {
  store.exec("INSERT INTO event VALUES (zeroblob(12000000))");
  const to = join(directory, "copy.db");
  let steps = 0;
  const copied = () => {
    steps += 1;
    store.exec("INSERT INTO event VALUES ('late')");
  };
  expect(await copyStore(from, to, { copied })).toEqual({ trustDomain: "example.test" });
  expect(steps).toBeGreaterThan(1);
  const copy = new DatabaseSync(to, { readOnly: true });
  expect(copy.prepare("SELECT count(*) AS n FROM event").get()).toEqual({ n: 1 });
  copy.close();
  expect(statSync(to).mode & 0o777).toBe(0o600);
});

test("a damaged store gives no copy that looks whole", async () => {
  store.exec("INSERT INTO event VALUES (zeroblob(40000)); PRAGMA wal_checkpoint(TRUNCATE)");
  store.close();
  const bytes = readFileSync(from);
  writeFileSync(from, bytes.fill(0xa5, 3 * 4096));
  store = new DatabaseSync(from);
  const copy = copyStore(from, join(directory, "copy.db"), { copied: () => undefined });
  await expect(copy).rejects.toThrow(/SP-805/);
});

test("a database without settings is no controller's", async () => {
  store.exec("DELETE FROM setting");
  const copy = copyStore(from, join(directory, "copy.db"), { copied: () => undefined });
  await expect(copy).rejects.toThrow(/SP-802/);
});
