import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { ErrorCode } from "#shared/base/errors.ts";
import { heldWaits } from "../../../test/fakes/held-waits.ts";
import { openLock, takeLock } from "./lock.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("one daemon per folder: the second hears who holds it, until it was let go", () => {
  const release = takeLock(directory);
  const refusal = `SP-303 another process (pid ${process.pid}) uses \`${directory}\``;
  expect(() => takeLock(directory)).toThrow(refusal);
  expect(() => openLock(directory)).toThrow(refusal);
  release();
  const lock = openLock(directory);
  expect(lock.missing).toBeNull();
  expect(() => takeLock(directory)).toThrow("SP-303");
  lock.release();
  takeLock(directory)();
});

test("once its file is there the lock takes no room", () => {
  takeLock(directory)();
  const release = takeLock(directory);
  expect(statSync(join(directory, "lock.db")).size).toBe(0);
  expect(readdirSync(directory)).toEqual(["lock.db", "lock.pid"]);
  release();
});

test("a folder where the number of the process should stand is taken away", () => {
  mkdirSync(join(directory, "lock.pid", "deep"), { recursive: true });
  takeLock(directory)();
});

test("a lock's file with foreign content is no other daemon", () => {
  writeFileSync(join(directory, "lock.db"), Buffer.alloc(500, "x"));
  const release = takeLock(directory);
  expect(() => takeLock(directory)).toThrow("SP-303");
  release();
});

const noRoom = () => new CodedError("SP-404", { file: "lock.db" });

/** A lock whose first tries meet a full disk; `last` is what the try after them meets. */
function crowded(tries: number, last: () => () => void) {
  const waits = heldWaits();
  let left = tries;
  const take = () => {
    if (left-- > 0) throw noRoom();
    return last();
  };
  return { waits, lock: openLock(directory, { take, wait: waits.wait }) };
}

test("without room it goes on without, and tells when it has the lock, whenever it is asked", () => {
  let released = 0;
  const { waits, lock } = crowded(3, () => () => (released += 1));
  expect(lock.missing?.code).toBe("SP-404");
  const told: (ErrorRef | null)[] = [];
  lock.onChange((error) => told.push(error));
  while (waits.under().length > 0) waits.pass();
  expect(told).toEqual([null]);
  lock.onChange((error) => told.push(error));
  expect(told).toEqual([null, null]);
  lock.release();
  expect(released).toBe(1);
});

test("a read-only disk is waited for, a folder that the account may not use is not", () => {
  const missing = (code: ErrorCode) => {
    const take = () => {
      throw new CodedError(code, { file: "lock.db" });
    };
    return openLock(directory, { take, wait: heldWaits().wait }).missing;
  };
  expect(missing("SP-414")?.code).toBe("SP-414");
  expect(() => missing("SP-415")).toThrow("SP-415");
});

test("it tells of whoever took the lock meanwhile, and tries no more", () => {
  const { waits, lock } = crowded(1, () => {
    throw new CodedError("SP-303", { pid: 7, directory });
  });
  const told: (string | undefined)[] = [];
  lock.onChange((error) => told.push(error?.code));
  waits.pass();
  expect(told).toEqual(["SP-303"]);
  expect(waits.under()).toEqual([]);
});
