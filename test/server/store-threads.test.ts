import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore, type StoreThreads } from "../../controller/io/store/store-threads.ts";

const audit = { at: 1, actor: "root", action: "site apply", subject: "", body: {} } as const;
const site = { id: "sit_1", name: "hq", forwarding: "snat", resolvers: [] } as const;

let directory: string;
let file: string;
let store: StoreThreads;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-store-"));
  file = join(directory, "controller.db");
  store = await openStore(file);
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const write = (ifRevision?: "any") =>
  store.write("site.apply", { record: site, ifRevision, audit });

test("what was written is read at once, and again after reopening", async () => {
  await write();
  expect(await store.read("site.list", undefined)).toEqual([site]);
  await store.close();
  store = await openStore(file);
  expect(await store.read("site.list", undefined)).toEqual([site]);
});

test("committed audit entries are told before the write resolves, refused ones never", async () => {
  await store.close();
  const told: string[] = [];
  store = await openStore(file, {
    metrics: { observe: () => undefined },
    audited: (entries) => {
      told.push(...entries.map((entry) => entry.subject));
      return Promise.resolve();
    },
  });
  await write();
  expect(told).toEqual([site.id]);
  const missing = { role: "device", step: "revoke", audit } as const;
  await expect(store.write("identity.step", missing)).rejects.toThrow(/SP-702/);
  await write("any");
  expect(told).toEqual([site.id, site.id]);
});

test("a file that is no database, a folder that is not there, a newer version: refused by code", async () => {
  const noise = join(directory, "noise.db");
  writeFileSync(noise, "this is not a database at all".repeat(100));
  await expect(openStore(noise)).rejects.toThrow(/SP-805/);
  await expect(openStore(join(directory, "absent", "x.db"))).rejects.toThrow(/SP-901/);
  await store.close();
  const other = new DatabaseSync(file);
  other.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2099-01-01')");
  other.close();
  await expect(openStore(file)).rejects.toThrow(/SP-806/);
});

test("a database whose pages are damaged behind a whole header is told by code, not as a bug", async () => {
  await store.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4096);
  const damaged = join(directory, "damaged.db");
  writeFileSync(damaged, bytes);
  await expect(openStore(damaged)).rejects.toThrow(/SP-805/);
});

test("a lock that another process holds is waited for, then told by code, and is no end", async () => {
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  await expect(write()).rejects.toThrow(/SP-801/);
  expect(store.healthy()).toBe(false);
  other.exec("ROLLBACK");
  other.close();
  await write();
  expect(store.healthy()).toBe(true);
});

test("append-only tables refuse a change from any program", async () => {
  await write();
  const other = new DatabaseSync(file);
  expect(() => other.exec("UPDATE audit SET actor = 'nobody'")).toThrow(/append-only/);
  other.close();
});

test("after closing every call is refused, none hangs", async () => {
  await store.close();
  await expect(write()).rejects.toThrow(/SP-801/);
  await expect(store.read("site.list", undefined)).rejects.toThrow(/SP-801/);
});
