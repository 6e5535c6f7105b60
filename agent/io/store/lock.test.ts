import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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
