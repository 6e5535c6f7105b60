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
import { factOf, moment, sha256Hex, verdictOf } from "../../../test/fakes/agent-samples.ts";
import { openOutbox, seal } from "../../core/link/outbox.ts";
import { setAside, writeAtomic } from "./atomic-file.ts";
import { takeLock } from "./lock.ts";
import { openSpool } from "./spool.ts";
import { openMemory, readVerdict, readWish } from "./memory-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const epoch = "a".repeat(32);

function someEvents(count: number) {
  const outbox = openOutbox(epoch, "boot", { head: null, events: [], corrupt: false });
  const facts = Array.from({ length: count }, (_, index) => factOf(`a.s${index}`, index));
  return seal(outbox, { facts }, { now: moment(5), digest: sha256Hex }).sealed;
}

test("the spool gives back what was not acked, with the last head, after it was closed", async () => {
  const path = join(directory, "spool.db");
  const events = someEvents(5);
  const first = await openSpool(path);
  expect(first.content).toEqual({ head: null, events: [], corrupt: false });
  first.spool.append(events);
  first.spool.remove([], { epoch, seq: 2 });
  first.spool.remove([{ epoch, seq: 4 }], null);
  await first.spool.close();
  const again = await openSpool(path);
  expect(again.content.events).toEqual([events[2], events[4]]);
  expect(again.content.head).toBe(events[4]!.digest);
  await again.spool.close();
});

test("a corrupt spool is set aside and named, and the new one works", async () => {
  const path = join(directory, "spool.db");
  writeFileSync(path, "not a database, surely; ".repeat(100));
  const opened = await openSpool(path);
  expect(opened.content).toEqual({ head: null, events: [], corrupt: true });
  expect(opened.trouble).toMatchObject({ code: "SP-305", params: { file: path } });
  const aside = String(opened.trouble?.params["aside"]);
  expect(readFileSync(aside, "utf8")).toContain("not a database");
  opened.spool.append(someEvents(1));
  await opened.spool.close();
  const again = await openSpool(path);
  expect(again.content.events).toHaveLength(1);
  await again.spool.close();
});

test("a spool that cannot be made leaves the agent running and says so", async () => {
  const opened = await openSpool(join(directory, "missing", "spool.db"));
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

test("the wish of the user survives, and a corrupt one is set aside and reported", () => {
  expect(readWish(directory)).toEqual({ wish: "up", trouble: null });
  openMemory(directory, () => expect.fail("no trouble")).saveWish("down");
  expect(readWish(directory)).toEqual({ wish: "down", trouble: null });
  writeFileSync(join(directory, "state.json"), '{"schema":"sallyport.state/1","wish":"si');
  const read = readWish(directory);
  expect(read).toMatchObject({ wish: "up", trouble: { code: "SP-305" } });
  expect(existsSync(join(directory, "state.json"))).toBe(false);
});

test("what the controller said survives, is forgotten when asked, and a corrupt one is set aside", () => {
  expect(readVerdict(directory)).toEqual({ recalled: null, trouble: null });
  const memory = openMemory(directory, () => expect.fail("no trouble"));
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
  const first = await openSpool(path);
  first.spool.append(events);
  await first.spool.close();
  symlinkSync("/dev/full", `${path}-shm`);
  const full = await openSpool(path);
  const codes: (string | undefined)[] = [];
  full.onTrouble((error) => codes.push(error?.code));
  expect(codes).toHaveLength(1);
  expect(full.content.corrupt).toBe(false);
  full.spool.append(someEvents(1));
  await full.spool.close();
  rmSync(`${path}-shm`);
  const again = await openSpool(path);
  expect(again.content.events).toEqual(events);
  await again.spool.close();
});

test("what could not be written is written with what comes next", async () => {
  const path = join(directory, "spool.db");
  const opened = await openSpool(path);
  const { spool } = opened;
  const told: ((code: string | undefined) => void)[] = [];
  const next = () => new Promise<string | undefined>((resolve) => told.push(resolve));
  opened.onTrouble((error) => told.shift()?.(error?.code));
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const events = someEvents(3);
  const failed = next();
  spool.append(events.slice(0, 2));
  expect(await failed).toBe("SP-901");
  other.exec("ROLLBACK");
  other.close();
  const mended = next();
  spool.append(events.slice(2));
  expect(await mended).toBeUndefined();
  await spool.close();
  const again = await openSpool(path);
  expect(again.content.events).toEqual(events);
  await again.spool.close();
});

test("a full disk is told by its own code", () => {
  const codes: string[] = [];
  for (const name of ["state.json.new", "verdict.json.new"]) {
    symlinkSync("/dev/full", join(directory, name));
  }
  const memory = openMemory(directory, (error) => codes.push(error.code));
  memory.saveWish("down");
  const verdict = verdictOf({ wiki: "open" });
  memory.keepVerdict({ device: "dev_1", bootId: "boot", verdict, judged: {}, lostAt: null });
  expect(codes).toEqual(["SP-404", "SP-404"]);
});

test("a write that fails is told and never thrown", () => {
  const gone = join(directory, "gone");
  const codes: string[] = [];
  openMemory(gone, (error) => codes.push(error.code)).saveWish("down");
  expect(codes).toEqual(["SP-901"]);
});

test("one daemon per folder: the second hears who holds it, a dead one's lock is taken over", () => {
  const release = takeLock(directory);
  expect(() => takeLock(directory)).toThrow(`SP-303 another process (pid ${process.pid})`);
  release();
  // A pid that lives but started at another time is another process than the one that locked.
  writeFileSync(join(directory, "lock"), `${process.pid} 1\n`);
  takeLock(directory)();
  expect(readdirSync(directory)).toEqual([]);
});

test("a file is set aside under a name that is not taken", () => {
  const path = join(directory, "x");
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, "a");
  chmodSync(path, 0o600);
  const aside = setAside(path);
  expect(readFileSync(aside, "utf8")).toBe("a");
});
