import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { factOf, moment, sha256Hex, verdictOf } from "../../../test/fakes/agent-samples.ts";
import { heldWaits } from "../../../test/fakes/held-waits.ts";
import { Queue } from "../../../test/fakes/queue.ts";
import { openOutbox, seal } from "../../core/link/outbox.ts";
import { setAside, writeAtomic } from "./atomic-file.ts";
import { type OpenSpool, openSpool } from "./spool.ts";
import { openSpoolFile } from "./spool-database.ts";
import { openMemory, readOwner, readVerdict, readWish } from "./memory-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const epoch = "a".repeat(32);

function calm(error: ErrorRef | null): void {
  expect(error).toBeNull();
}
const untroubled = { wish: calm, owner: calm, verdict: calm };

function someEvents(count: number) {
  const outbox = openOutbox(epoch, "boot", { head: null, events: [], corrupt: false });
  const facts = Array.from({ length: count }, (_, index) => factOf(`a.s${index}`, index));
  return seal(outbox, { facts }, { now: moment(5), digest: sha256Hex }).sealed;
}

test("the spool gives back what was not acked, with the last head, after it was closed", async () => {
  const path = join(directory, "spool.db");
  const events = someEvents(5);
  const first = openSpool(path);
  expect(first.content).toEqual({ head: null, events: [], corrupt: false });
  first.spool.append(events);
  first.spool.remove([], { epoch, seq: 2 });
  first.spool.remove([{ epoch, seq: 4 }], null);
  await first.spool.close();
  const again = openSpool(path);
  expect(again.content.events).toEqual([events[2], events[4]]);
  expect(again.content.head).toBe(events[4]!.digest);
  await again.spool.close();
});

test("a corrupt spool is set aside and named, and the new one works", async () => {
  const path = join(directory, "spool.db");
  writeFileSync(path, "not a database, surely; ".repeat(100));
  const opened = openSpool(path);
  expect(opened.content).toEqual({ head: null, events: [], corrupt: true });
  expect(opened.trouble).toMatchObject({ code: "SP-305", params: { file: path } });
  const aside = String(opened.trouble?.params["aside"]);
  expect(readFileSync(aside, "utf8")).toContain("not a database");
  opened.spool.append(someEvents(1));
  await opened.spool.close();
  const again = openSpool(path);
  expect(again.content.events).toHaveLength(1);
  await again.spool.close();
});

test("a spool that cannot be made leaves the agent running and says so", async () => {
  const opened = openSpool(join(directory, "missing", "spool.db"));
  const told = Promise.withResolvers<string>();
  opened.onTrouble((error) => told.resolve(error?.code ?? ""));
  expect(await told.promise).toBe("SP-901");
  opened.spool.append(someEvents(1));
  await opened.spool.close();
});

test("a file is written whole, 0600, and nothing else stays behind", () => {
  const path = join(directory, "f.json");
  writeAtomic(path, "one");
  writeAtomic(path, "two");
  expect(readFileSync(path, "utf8")).toBe("two");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(["f.json"]);
});

test("a corrupt spool is named, and its loss told, where no other can be made yet", async () => {
  const path = join(directory, "spool.db");
  writeFileSync(path, "not a database at all".repeat(100));
  symlinkSync(join(directory, "nowhere", "wal"), `${path}-wal`);
  const opened = openSpool(path, { wait: heldWaits().wait });
  expect(opened.content).toEqual({ head: null, events: [], corrupt: true });
  expect(opened.trouble).toMatchObject({ code: "SP-305", params: { file: path } });
  const told: (ErrorRef | null)[] = [];
  opened.onTrouble((error) => told.push(error));
  expect(told.map((error) => error?.code)).toEqual(["SP-901"]);
  await opened.spool.close();
});

test("the wish of the user survives, and a corrupt one is set aside and reported", () => {
  expect(readWish(directory)).toEqual({ wish: "up", trouble: null });
  openMemory(directory, untroubled).saveWish("down");
  expect(readWish(directory)).toEqual({ wish: "down", trouble: null });
  writeFileSync(join(directory, "state.json"), '{"schema":"sallyport.state/1","wish":"si');
  const read = readWish(directory);
  expect(read).toMatchObject({ wish: "up", trouble: { code: "SP-305" } });
  expect(existsSync(join(directory, "state.json"))).toBe(false);
});

test("whose the sign-in is survives, is forgotten when asked, and a corrupt one is set aside", () => {
  const owner = { uid: 1_000, user: "usr_1", authAt: 5 };
  const memory = openMemory(directory, untroubled);
  memory.keepOwner(owner);
  expect(readOwner(directory)).toEqual({ owner, trouble: null });
  memory.keepOwner(null);
  expect(readOwner(directory)).toEqual({ owner: null, trouble: null });
  writeFileSync(join(directory, "owner.json"), '{"uid":');
  expect(readOwner(directory)).toMatchObject({ owner: null, trouble: { code: "SP-305" } });
});

test("what the controller said survives, is forgotten when asked, and a corrupt one is set aside", () => {
  expect(readVerdict(directory)).toEqual({ recalled: null, trouble: null });
  const memory = openMemory(directory, untroubled);
  const verdict = verdictOf({ wiki: "open" });
  const recalled = {
    device: "dev_1",
    bootId: "boot",
    verdict,
    judged: { "firewall.enabled": true },
    lostAt: 7,
  };
  memory.keepVerdict(recalled);
  expect(readVerdict(directory)).toEqual({ recalled, trouble: null });
  expect(statSync(join(directory, "verdict.json")).mode & 0o777).toBe(0o600);
  writeFileSync(join(directory, "verdict.json"), '{"schema":"sallyport.verdict/1"');
  expect(readVerdict(directory)).toMatchObject({ recalled: null, trouble: { code: "SP-305" } });
  memory.keepVerdict(recalled);
  memory.keepVerdict(null);
  expect(existsSync(join(directory, "verdict.json"))).toBe(false);
});

test("a spool that the machine does not let open is no corrupt one: the next start has what it holds", async () => {
  const path = join(directory, "spool.db");
  const events = someEvents(3);
  const first = openSpool(path);
  first.spool.append(events);
  await first.spool.close();
  symlinkSync("/dev/full", `${path}-wal`);
  const full = openSpool(path);
  const codes: (string | undefined)[] = [];
  full.onTrouble((error) => codes.push(error?.code));
  expect(codes).toHaveLength(1);
  expect(full.content.corrupt).toBe(false);
  full.spool.append(someEvents(1));
  await full.spool.close();
  rmSync(`${path}-wal`);
  const again = openSpool(path);
  expect(again.content.events).toEqual(events);
  await again.spool.close();
});

test("what a full disk refused is written with what comes next", async () => {
  const disk = limitedDisk();
  const opened = openSpool(join(directory, "spool.db"), disk.tools);
  const next = listenTo(opened);
  const events = someEvents(30);
  disk.fill();
  opened.spool.append(events.slice(0, 20));
  expect(await next()).toBe("SP-404");
  disk.free();
  opened.spool.append(events.slice(20));
  expect(await next()).toBeUndefined();
  await opened.spool.close();
  const again = openSpool(join(directory, "spool.db"));
  expect(again.content.events).toEqual(events);
  await again.spool.close();
});

test("what a full disk refused is written once it has room, though nothing comes next", async () => {
  const disk = limitedDisk();
  const opened = openSpool(join(directory, "spool.db"), disk.tools);
  const next = listenTo(opened);
  const events = someEvents(20);
  disk.fill();
  opened.spool.append(events);
  expect(await next()).toBe("SP-404");
  disk.waits.pass();
  expect(await next()).toBe("SP-404");
  disk.free();
  disk.waits.pass();
  expect(await next()).toBeUndefined();
  expect(disk.waits.under()).toEqual([]);
  await opened.spool.close();
  const again = openSpool(join(directory, "spool.db"));
  expect(again.content.events).toEqual(events);
  await again.spool.close();
});

test("a spool that could not be opened keeps what comes once it can, and loses nothing", async () => {
  const path = join(directory, "spool.db");
  const first = openSpool(path);
  const events = someEvents(3);
  first.spool.append(events.slice(0, 1));
  await first.spool.close();
  const other = new DatabaseSync(path);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  const waits = heldWaits();
  const late = openSpool(path, { wait: waits.wait });
  expect(late.content.events).toEqual([]);
  const next = listenTo(late);
  expect(await next()).toBe("SP-901");
  late.spool.append(events.slice(1));
  other.exec("ROLLBACK");
  other.close();
  waits.pass();
  expect(await next()).toBeUndefined();
  await late.spool.close();
  const again = openSpool(path);
  expect(again.content.events).toEqual(events);
  await again.spool.close();
});

/** A spool's disk that is full at will. */
function limitedDisk() {
  let database: DatabaseSync | null = null;
  const waits = heldWaits();
  const openFile = (path: string) => {
    const file = openSpoolFile(path);
    database = file.database;
    return file;
  };
  return {
    waits,
    tools: { openFile, wait: waits.wait },
    fill: () => database?.exec("PRAGMA max_page_count = 1"),
    free: () => database?.exec("PRAGMA max_page_count = 100000"),
  };
}

/** Returns what tells the codes of trouble one after the other. */
function listenTo(opened: OpenSpool): () => Promise<string | undefined> {
  const told = new Queue<string | undefined>();
  opened.onTrouble((error) => told.push(error?.code));
  return () => told.next();
}

test("a full disk is told by its own code, and both files are written once it has room", () => {
  const codes: (string | undefined)[] = [];
  const tell = (error: ErrorRef | null) => codes.push(error?.code);
  for (const name of ["state.json.new", "verdict.json.new"]) {
    symlinkSync("/dev/full", join(directory, name));
  }
  const waits = heldWaits();
  const memory = openMemory(directory, { wish: tell, owner: tell, verdict: tell }, waits.wait);
  memory.saveWish("down");
  const verdict = verdictOf({ wiki: "open" });
  memory.keepVerdict({ device: "dev_1", bootId: "boot", verdict, judged: {}, lostAt: null });
  expect(codes).toEqual(["SP-404", "SP-404"]);
  // The failed write has taken its temporary file away, and so the link.
  expect(waits.under()).toEqual([2_000, 2_000]);
  waits.pass();
  waits.pass();
  expect(codes.slice(2)).toEqual([undefined, undefined]);
  expect(readWish(directory).wish).toBe("down");
  expect(readVerdict(directory).recalled?.device).toBe("dev_1");
});

test("a write that fails is told and never thrown", () => {
  const gone = join(directory, "gone");
  const codes: (string | undefined)[] = [];
  const told = (error: ErrorRef | null) => codes.push(error?.code);
  openMemory(gone, { wish: told, owner: told, verdict: told }, heldWaits().wait).saveWish("down");
  expect(codes).toEqual(["SP-901"]);
});

test("a file is set aside under a name that is not taken", () => {
  const path = join(directory, "x");
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, "a");
  chmodSync(path, 0o600);
  const aside = setAside(path);
  expect(readFileSync(aside, "utf8")).toBe("a");
});
